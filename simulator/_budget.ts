import type { Rate } from "../relay/channel.ts";

/** China has no daylight saving time. */
const CHINA = 8 * 3_600_000;

/**
 * A vendor's rates, kept strictly: windows slide, quotas end with China's day or month, and a penalty refuses
 * everything.
 */
export class Budget {
  readonly #rates: readonly Rate[];
  #taken: number[] = [];
  #blocked: { by: Rate; until: number } | undefined;

  constructor(rates: readonly Rate[]) {
    this.#rates = rates;
  }

  /** Count one more message, or return the rate that it would exceed. A refused message counts nowhere. */
  refuse(now: number): Rate | undefined {
    if (this.#blocked !== undefined && now < this.#blocked.until) return this.#blocked.by;
    const broken = this.#rates.find(({ messages, per }) =>
      this.#taken.filter((at) => isWithin(per, at, now)).length >= messages
    );
    if (broken === undefined) {
      this.#taken = this.#taken.filter((at) => this.#rates.some(({ per }) => isWithin(per, at, now)));
      this.#taken.push(now);
    } else if (broken.penalty !== undefined) {
      this.#blocked = { by: broken, until: now + broken.penalty };
    }
    return broken;
  }
}

/** The same rates for each of many: members, robots, calls. */
export class Budgets {
  readonly #rates: readonly Rate[];
  readonly #budgets = new Map<string, Budget>();

  constructor(rates: readonly Rate[]) {
    this.#rates = rates;
  }

  /** As {@linkcode Budget.refuse}, for one of them. */
  refuse(key: string, now: number): Rate | undefined {
    if (!this.#budgets.has(key)) this.#budgets.set(key, new Budget(this.#rates));
    return this.#budgets.get(key)!.refuse(now);
  }
}

/** Whether an event at `then` still counts at `now`. */
function isWithin(per: Rate["per"], then: number, now: number): boolean {
  if (typeof per === "number") return then > now - per;
  const chars = per === "day" ? "2026-01-01".length : "2026-01".length;
  const dateOf = (time: number): string => new Date(time + CHINA).toISOString().slice(0, chars);
  return dateOf(then) === dateOf(now);
}
