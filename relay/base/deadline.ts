/** Something that is given up when it takes too long. */
interface TimedCall {
  readonly until: number;
  readonly late: () => void;
}

/**
 * One time limit for many things at once: what began first is late first, so one timer watches the first of them. A timer
 * for each would cost as much as a third of the request that it watches.
 */
export class Deadline {
  readonly #ms: number;
  readonly #waiting = new Set<TimedCall>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `ms`: how long each may take. */
  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Begin to wait. @returns what ends it; call it in any case. */
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
