import { type Clock, systemClock } from "../../relay/base/clock.ts";

/** A timer, and its cancellation once it is on the system's clock. */
interface Timer {
  readonly at: number;
  readonly run: () => void;
  cancel?: () => void;
}

/** A clock that runs through the past as fast as the relay can follow, and then switches to the system's clock. */
export class FastForward implements Clock {
  #now: number;
  #isPast = true;
  readonly #timers = new Set<Timer>();

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#isPast ? this.#now : systemClock.now();
  }

  at(at: number, run: () => void): () => void {
    if (!this.#isPast) return systemClock.at(at, run);
    const timer: Timer = { at, run };
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
      timer.cancel?.();
    };
  }

  /** Advance the time. Each timer on the way runs at its own time, and its work ends before the next one. */
  async advance(to: number, { settled }: { settled: () => Promise<void> }): Promise<void> {
    for (let timer = this.#next(); timer !== undefined && timer.at <= to; timer = this.#next()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.run();
      await settled();
    }
    this.#now = Math.max(this.#now, to);
  }

  /** Switch to the system's clock. */
  goLive(): void {
    this.#isPast = false;
    for (const timer of this.#timers) timer.cancel = systemClock.at(timer.at, timer.run);
    this.#timers.clear();
  }

  #next(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.at < next.at) next = timer;
    return next;
  }
}
