/** Wakes one waiter. It stays set until the next wait, so that a set before the wait is not lost. */
export class Latch {
  #isSet = false;
  #resume: (() => void) | undefined;

  /** Wake the waiter, now or at its next wait. */
  set(): void {
    this.#isSet = true;
    this.#resume?.();
  }

  /** Forget that it was set: the waiter is about to look for itself. */
  clear(): void {
    this.#isSet = false;
  }

  /** Wait until it is set; return at once when it was set since the last wait. `atMost`: milliseconds. */
  async wait(atMost?: number): Promise<void> {
    if (!this.#isSet) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
        if (atMost !== undefined) timer = setTimeout(resolve, atMost);
      });
      clearTimeout(timer);
      this.#resume = undefined;
    }
    this.#isSet = false;
  }
}
