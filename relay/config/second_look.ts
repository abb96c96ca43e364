import type { Clock } from "../base/clock.ts";

/** A name that stays unknown is looked for again after this long, in milliseconds. */
const RETRY_NAME_AFTER = 10_000;

/** The rate limit of all lookups together: bursts of at most so many, then one after each of these milliseconds. */
const MAX_BURST = 20;
const REFILL_EVERY = 250;

/** Names that are remembered, at most. */
const MAX_NAMES = 1_000;

/**
 * Reads other instances' changes before an unknown name counts as unknown, so that the first alert of a new group is
 * not misrouted at another instance. A name that stays unknown costs an occasional read, instead of one for each
 * alert.
 */
export class SecondLook {
  readonly #look: (() => Promise<void>) | undefined;
  readonly #clock: Pick<Clock, "now">;
  /** The time of the last look for each name. */
  readonly #names = new Map<string, number>();
  /** The time at which the last of the looks that may be taken at once is available again. */
  #spentUntil = 0;

  /** `look`: reads the changes of other instances; `undefined` without other instances. */
  constructor({ look, clock }: { look: (() => Promise<void>) | undefined; clock: Pick<Clock, "now"> }) {
    this.#look = look;
    this.#clock = clock;
  }

  /** Looks again because of an unknown name. @returns whether to look up the name again */
  async for(name: string): Promise<boolean> {
    if (!this.#look) return false;
    const now = this.#clock.now();
    const last = this.#names.get(name) ?? -Infinity;
    if (now < last + RETRY_NAME_AFTER || this.#spentUntil > now + (MAX_BURST - 1) * REFILL_EVERY) {
      return false;
    }
    this.#spentUntil = Math.max(now, this.#spentUntil) + REFILL_EVERY;
    this.#names.delete(name);
    this.#names.set(name, now);
    if (this.#names.size > MAX_NAMES) this.#names.delete(this.#names.keys().next().value!);
    try {
      await this.#look();
      return true;
    } catch {
      return false; // what is known decides
    }
  }
}
