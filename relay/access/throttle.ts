/** The first wait in milliseconds; each further failure doubles it. */
const FIRST_WAIT = 2_000;

/** Failures are forgotten after this time without another one. */
const FORGET_AFTER = 30 * 60_000;

/** The maximum number of keys; above it the oldest is evicted. */
const MAX_KEYS = 10_000;

/** The failures of a key. */
interface Failures {
  readonly count: number;
  readonly lastAt: number;
}

/** Exponential backoff after failures, by key, in bounded memory of this instance. */
export class Throttle {
  readonly #failures = new Map<string, Failures>();
  readonly #free: number;
  readonly #longest: number;

  /** `free`: failures before the first wait · `longest`: the longest wait in milliseconds. */
  constructor({ free, longest }: { free: number; longest: number }) {
    this.#free = free;
    this.#longest = longest;
  }

  /** Milliseconds until the next attempt is allowed; 0 = now. */
  wait(key: string, now: number): number {
    const failures = this.#alive(key, now);
    if (failures === undefined || failures.count < this.#free) return 0;
    const wait = Math.min(FIRST_WAIT * 2 ** (failures.count - this.#free), this.#longest);
    return Math.max(0, failures.lastAt + wait - now);
  }

  /** Counts a failure. The returned function undoes it. */
  fail(key: string, now: number): () => void {
    const before = this.#alive(key, now);
    const failures = { count: (before?.count ?? 0) + 1, lastAt: now };
    this.#failures.delete(key); // the newest is last
    this.#failures.set(key, failures);
    if (this.#failures.size > MAX_KEYS) this.#failures.delete(this.#failures.keys().next().value!);
    return () => {
      if (this.#failures.get(key) !== failures) this.forgive(key, 1);
      else if (before === undefined) this.#failures.delete(key);
      else this.#failures.set(key, before);
    };
  }

  /** The number of failures. */
  failuresOf(key: string, now: number): number {
    return this.#alive(key, now)?.count ?? 0;
  }

  /** Subtracts this many failures. */
  forgive(key: string, count: number): void {
    const failures = this.#failures.get(key);
    if (failures === undefined) return;
    if (failures.count <= count) this.#failures.delete(key);
    else this.#failures.set(key, { ...failures, count: failures.count - count });
  }

  #alive(key: string, now: number): Failures | undefined {
    const failures = this.#failures.get(key);
    return failures && now - failures.lastAt < FORGET_AFTER ? failures : undefined;
  }
}
