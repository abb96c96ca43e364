import type { Clock } from "../base/clock.ts";

/** A name that stays unknown is looked for again after this long, in milliseconds. */
const RETRY_NAME_AFTER = 10_000;

/** The rate limit of all lookups together: bursts of at most so many, then one after each of these milliseconds. */
const MAX_BURST = 20;
const REFILL_EVERY = 250;

/** Names that are remembered, at most. */
const MAX_NAMES = 1_000;

/**
 * Reads what other instances changed before an unknown name counts as unknown: a group that was made at one instance a moment
 * ago is known at the others before they misroute its first alert. A name that stays unknown costs one read now and then,
 * not one for each alert.
 */
export class SecondLook {
  readonly #look: (() => Promise<void>) | undefined;
  readonly #clock: Pick<Clock, "now">;
  /** When each name was last looked for. */
  readonly #names = new Map<string, number>();
  /** When the last of the looks that may be taken at once will be available again. */
  #spentUntil = 0;

  /** `look`: reads the changes of other instances; `undefined` where there are none. */
  constructor({ look, clock }: { look: (() => Promise<void>) | undefined; clock: Pick<Clock, "now"> }) {
    this.#look = look;
    this.#clock = clock;
  }

  /** Look again because of an unknown name. @returns whether it was worth it: try the name once more */
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
