/** The state of the limit at a request. */
export interface Allowance {
  readonly allowed: boolean;
  /** Requests allowed per window. */
  readonly limit: number;
  /** The number of remaining ones. */
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly reset: number;
}

/** A limit of requests per window of time, counted by this instance alone. */
export class RateLimit {
  readonly #limit: number;
  readonly #per: number;
  #started = -Infinity;
  #taken = 0;

  /** `per`: milliseconds. */
  constructor({ limit, per }: { limit: number; per: number }) {
    this.#limit = limit;
    this.#per = per;
  }

  /** Count a request. */
  take(now: number): Allowance {
    if (now >= this.#started + this.#per) {
      this.#started = now;
      this.#taken = 0;
    }
    const allowed = this.#taken < this.#limit;
    if (allowed) this.#taken++;
    return {
      allowed,
      limit: this.#limit,
      remaining: this.#limit - this.#taken,
      reset: Math.ceil((this.#started + this.#per - now) / 1000),
    };
  }
}
