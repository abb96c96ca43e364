/** Something happened that somebody waits for. It is remembered until the next waiting. */
export class Signal {
  #given = false;
  #resume: (() => void) | undefined;

  /** It happened. */
  give(): void {
    this.#given = true;
    this.#resume?.();
  }

  /** Forget what happened so far: it is about to be looked at. */
  clear(): void {
    this.#given = false;
  }

  /** Wait until it happens; at once when it did since it was last waited for. `atMost`: milliseconds. */
  async wait(atMost?: number): Promise<void> {
    if (!this.#given) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        if (atMost !== undefined) timer = setTimeout(resolve, atMost);
      });
      clearTimeout(timer);
      this.#resume = undefined;
    }
    this.#given = false;
  }
}
