/**
 * Numbers texts that many records share. The uses of a text are counted: after the last one it is removed, and its number is
 * used for another text. Numbers begin with 0.
 */
export class Interned {
  readonly #texts: (string | undefined)[] = [];
  readonly #uses: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  #chars = 0;

  /** The number of characters of all texts. */
  get chars(): number {
    return this.#chars;
  }

  /** All numbers are less than this. */
  get bound(): number {
    return this.#texts.length;
  }

  /** The number of texts in use. */
  get size(): number {
    return this.#numbers.size;
  }

  /** Count one more use of a text. @returns its number */
  acquire(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) {
      this.#uses[known]!++;
      return known;
    }
    const number = this.#free.pop() ?? this.#texts.length;
    this.#texts[number] = text;
    this.#uses[number] = 1;
    this.#numbers.set(text, number);
    this.#chars += text.length;
    return number;
  }

  /** Remove one use of a text. */
  release(number: number): void {
    if (--this.#uses[number]! > 0) return;
    const text = this.#texts[number]!;
    this.#numbers.delete(text);
    this.#chars -= text.length;
    this.#texts[number] = undefined;
    this.#free.push(number);
  }

  /** The text of a number in use. */
  textOf(number: number): string {
    return this.#texts[number]!;
  }

  /** The number of a text; `undefined` if it is not in use. */
  numberOf(text: string): number | undefined {
    return this.#numbers.get(text);
  }
}
