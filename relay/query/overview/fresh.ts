import type { Clock } from "../../base/clock.ts";
import { withTimeout } from "../../base/timeout.ts";

/** For how long a value serves when nothing was told meanwhile, in milliseconds. */
const SERVES = 1_000;

/** What takes longer than this, in milliseconds, is worked out so much more seldom than all the time. */
const SLOW = { ms: 50, share: 20 };

/** A value with the time at which it was worked out. */
export interface Kept<T> {
  readonly value: T;
  readonly at: number;
}

/**
 * A value that is expensive to work out, for all who look at the same time. It is of now, or a second old when nothing
 * changed since; one that takes long serves for longer, so that looking never becomes the relay's main work.
 */
export class Fresh<T> {
  readonly #work: () => Promise<T>;
  readonly #clock: Clock;
  /** Grows whenever something changed. */
  readonly #changes: () => number;
  #kept: Kept<T> & { readonly changes: number; readonly took: number } | undefined;
  #running: { readonly changes: number; readonly promise: Promise<Kept<T>> } | undefined;

  constructor(work: () => Promise<T>, { clock, changes }: { clock: Clock; changes: () => number }) {
    this.#work = work;
    this.#clock = clock;
    this.#changes = changes;
  }

  /** The value. @throws what working it out throws */
  async get(): Promise<Kept<T>> {
    const changes = this.#changes();
    if (this.#kept && this.#serves(this.#kept, changes)) return this.#kept;
    // One that began before the change may not know of it.
    if (this.#running?.changes !== changes) this.#running = { changes, promise: this.#run(changes) };
    return await this.#running.promise;
  }

  /**
   * The value, or after `patience` milliseconds the one before it, if there is one. One that took long the last time is
   * not waited for: it will be there for who comes next. @throws what working it out throws
   */
  async soon(patience: number): Promise<Kept<T> | undefined> {
    const value = this.get();
    value.catch(() => {}); // nobody may be waiting any more
    if (this.#kept && this.#kept.took > SLOW.ms) return this.#kept;
    return await withTimeout(value, patience, () => this.#kept);
  }

  #serves({ at, took, changes }: { at: number; took: number; changes: number }, now: number): boolean {
    const age = this.#clock.now() - at;
    return took > SLOW.ms ? age < took * SLOW.share : age < SERVES && changes === now;
  }

  async #run(changes: number): Promise<Kept<T>> {
    const started = performance.now();
    const at = this.#clock.now();
    try {
      const value = await this.#work();
      const kept = { value, at, changes, took: performance.now() - started };
      if (!this.#kept || this.#kept.changes <= changes) this.#kept = kept;
      return kept;
    } finally {
      if (this.#running?.changes === changes) this.#running = undefined;
    }
  }
}
