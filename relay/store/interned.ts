/**
 * Texts that many records share, by number. Each use is counted, so that a text that nothing uses any more is forgotten.
 * Numbers begin with 0, and are given anew.
 */
export class Interned {
  readonly #texts: (string | undefined)[] = [];
  readonly #uses: number[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #free: number[] = [];
  #chars = 0;

  /** How many characters the texts have. */
  get chars(): number {
    return this.#chars;
  }

  /** Numbers are below this. */
  get bound(): number {
    return this.#texts.length;
  }

  /** How many texts are in use. */
  get size(): number {
    return this.#numbers.size;
  }

  /** The number of a text, for one more use of it. */
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

  /** One use of a text has ended. */
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

  /** The number of a text, if it is in use. */
  numberOf(text: string): number | undefined {
    return this.#numbers.get(text);
  }
}
