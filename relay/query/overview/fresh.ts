import type { Clock } from "../../base/clock.ts";
import { withTimeout } from "../../base/timeout.ts";

/** The time that a value is reused while no change was reported, in milliseconds. */
const SERVES = 1_000;

/** A value that takes longer than `ms` milliseconds to compute is reused for `share` times that time. */
const SLOW = { ms: 50, share: 20 };

/** A value with the time at which it was computed. */
export interface TimedValue<T> {
  readonly value: T;
  readonly at: number;
}

/**
 * Caches a value that is expensive to compute; concurrent readers share one computation. The value is current, or at most
 * a second old if nothing changed since. A slow one is reused for longer, so that readers cannot keep the relay busy.
 */
export class Fresh<T> {
  readonly #work: () => Promise<T>;
  readonly #clock: Clock;
  /** Counts the changes. */
  readonly #changes: () => number;
  #cached: TimedValue<T> & { readonly changes: number; readonly took: number } | undefined;
  #running: { readonly changes: number; readonly promise: Promise<TimedValue<T>> } | undefined;

  constructor(work: () => Promise<T>, { clock, changes }: { clock: Clock; changes: () => number }) {
    this.#work = work;
    this.#clock = clock;
    this.#changes = changes;
  }

  /** The value. @throws the error of the computation */
  async get(): Promise<TimedValue<T>> {
    const changes = this.#changes();
    if (this.#cached && this.#serves(this.#cached, changes)) return this.#cached;
    // A computation that began before the change may have missed it.
    if (this.#running?.changes !== changes) this.#running = { changes, promise: this.#run(changes) };
    return await this.#running.promise;
  }

  /**
   * The value, or after `patience` milliseconds the previous one, if there is one. If the last computation was slow, the
   * previous value is returned immediately, and the next reader gets the new one. @throws the error of the computation
   */
  async soon(patience: number): Promise<TimedValue<T> | undefined> {
    const value = this.get();
    value.catch(() => {}); // it may fail after the caller stopped waiting
    if (this.#cached && this.#cached.took > SLOW.ms) return this.#cached;
    return await withTimeout(value, patience, () => this.#cached);
  }

  #serves({ at, took, changes }: { at: number; took: number; changes: number }, now: number): boolean {
    const age = this.#clock.now() - at;
    return took > SLOW.ms ? age < took * SLOW.share : age < SERVES && changes === now;
  }

  async #run(changes: number): Promise<TimedValue<T>> {
    const started = performance.now();
    const at = this.#clock.now();
    try {
      const value = await this.#work();
      const cached = { value, at, changes, took: performance.now() - started };
      if (!this.#cached || this.#cached.changes <= changes) this.#cached = cached;
      return cached;
    } finally {
      if (this.#running?.changes === changes) this.#running = undefined;
    }
  }
}
