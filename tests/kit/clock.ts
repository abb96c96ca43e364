import type { Clock } from "../../relay/base/clock.ts";

/** A clock that a test advances. */
export class TestClock implements Clock {
  #now: number;
  #timers: { at: number; run: () => void }[] = [];

  constructor(now: number = Date.UTC(2026, 0, 31, 8)) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  at(at: number, run: () => void): () => void {
    const timer = { at, run };
    this.#timers.push(timer);
    return () => this.#timers = this.#timers.filter((other) => other !== timer);
  }

  /** Advance the time, and run the due timers in their order. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (!next || next.at > end) break;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }

  /** The time of the next timer; `undefined` without one. */
  get next(): number | undefined {
    return this.#timers.toSorted((a, b) => a.at - b.at)[0]?.at;
  }
}
