/** A call with a time limit. */
interface TimedCall {
  readonly until: number;
  readonly late: () => void;
}

/**
 * One time limit for many concurrent calls: the first that started expires first, so one timer for it is enough. A timer
 * for each call would cost as much as a third of a request.
 */
export class Deadline {
  readonly #ms: number;
  readonly #waiting = new Set<TimedCall>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `ms`: the time limit of each call. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Starts the time limit. @returns a function that ends it; always call it. */
  begin(late: () => void): () => void {
    const waiting = { until: performance.now() + this.#ms, late };
    this.#waiting.add(waiting);
    this.#timer ??= setTimeout(this.#look, this.#ms);
    return () => {
      this.#waiting.delete(waiting);
      if (this.#waiting.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
    };
  }

  readonly #look = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    for (const waiting of this.#waiting) {
      // A timer may fire a little early.
      if (waiting.until > now + 1) {
        this.#timer = setTimeout(this.#look, waiting.until - now);
        return;
      }
      this.#waiting.delete(waiting);
      waiting.late();
    }
  };
}
