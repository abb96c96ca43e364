/** Wakes one waiter. It stays set until the next wait, so that a call of `set` before the wait is not lost. */
export class Latch {
  #isSet = false;
  #resume: (() => void) | undefined;

  /** Wakes the waiter, now or at its next wait. */
  set(): void {
    this.#isSet = true;
    this.#resume?.();
  }

  /** Resets it: the waiter is about to check itself. */
  clear(): void {
    this.#isSet = false;
  }

  /** Waits until it is set; returns immediately if it was set since the last wait. `atMost`: milliseconds. */
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
