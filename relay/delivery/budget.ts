/**
 * A vendor's rate budget, and its spent part. A slot is spent, and stored, before the message is sent: after a crash
 * the relay may send less than the vendor allows, never more.
 *
 * @module
 */
import type { Channel, Rate } from "../channel.ts";
import { limitsOf, TIMEOUT_BOUNDS } from "../channel/options.ts";
import type { Destination } from "../domain/group.ts";
import type { DigestMark, LaneState, Spent } from "../store/lane_record.ts";
import { DAY } from "../base/duration.ts";

/** The vendor's rates and the operator's. */
export function ratesOf(channel: Channel, { config, limits }: Destination): readonly Rate[] {
  const { rates = [] } = limitsOf(channel, config);
  return limits.length === 0 ? rates : [...rates, ...limits];
}

/** The budgets of a lane: for messages, and for edits of digests. */
export type BudgetName = Extract<keyof LaneState, "spent" | "spentEdits">;

/** The budget in which a message is counted. `digest`: the mark of a digest, or of its edit. */
export function budgetOf({ digest }: { readonly digest?: DigestMark | undefined }): BudgetName {
  return digest?.edits === undefined ? "spent" : "spentEdits";
}

/** A slot in a vendor's budget, counted at the latest time at which the message may arrive. */
export interface BudgetSlot {
  readonly budget: BudgetName;
  readonly rates: readonly Rate[];
  readonly at: number;
  /** The largest lead of another instance's clock over this one's. */
  readonly skew: number;
}

/** The number of messages that may be sent now under some rates. */
export interface Room {
  /** Messages that may be sent at all. */
  readonly free: number;
  /** Messages that may be sent one by one; the rest is reserved for digests. */
  readonly calm: number;
  /** The time at which the next slot is free; `now` if one is. */
  readonly next: number;
  /** The wait between two digests, so that the slots reserved for them last for the period. */
  readonly gap: number;
}

/** Slot times are rounded up to this fraction of the period, so a slot is free again at most that much late. */
const PARTS = 60;

/** The longest wait while a slot is free, however long the period is. */
const LONGEST_GAP = 5 * 60_000;

/** China has one time zone, and no daylight saving time. */
const CHINA = 8 * 60 * 60_000;

/** One slot in this many of each rate is reserved for critical alerts. */
const RESERVED = 5;

/**
 * A slot is counted at most this long before its message arrives: the longest attempt, the time within which it must begin,
 * and the clock skew.
 */
const AHEAD = TIMEOUT_BOUNDS.most + 60_000;

/** The budget after a slot is spent for a message that arrives at `at` at the latest. Slots that are free again are dropped. */
export function spend(spent: Spent, rates: readonly Rate[], { now, at }: { now: number; at: number }): Spent {
  return change(spent, rates, { now, at, by: 1 });
}

/** The budget after a slot counted at `at` is returned, because the message arrived earlier or was not sent. */
export function giveBack(
  spent: Spent,
  rates: readonly Rate[],
  { now, at }: { now: number; at: number },
): Spent {
  return change(spent, rates, { now, at, by: -1 });
}

function change(
  spent: Spent,
  rates: readonly Rate[],
  { now, at, by }: { now: number; at: number; by: number },
): Spent {
  const after: Record<string, Record<string, number>> = {};
  for (const [per, slots] of Object.entries(spent)) {
    const taken = Object.entries(slots).filter(([freeAt]) => counts(Number(freeAt), per, now));
    if (taken.length > 0) after[per] = Object.fromEntries(taken);
  }
  for (const per of new Set(rates.map(({ per }) => per))) {
    const slots = after[per] ??= {};
    const freeAt = freeAgain(at, per);
    const count = (slots[freeAt] ?? 0) + by;
    if (count > 0) slots[freeAt] = count;
    else delete slots[freeAt];
  }
  return after;
}

/**
 * The number of messages that may be sent now.
 *
 * Half of the slots are for single messages. The other half is for digests, spread evenly over the period. So a burst
 * is sent at once, later alerts wait for at most one gap, and the vendor's limit is never exceeded.
 *
 * @param options `critical`: whether the message contains a critical alert; a fifth of each rate is reserved for
 * those.
 */
export function roomIn(
  spent: Spent,
  rates: readonly Rate[],
  { now, critical }: { now: number; critical: boolean },
): Room {
  let [free, calm, next, gap] = [Infinity, Infinity, now, 0];
  for (const { messages, per } of rates) {
    const reserved = Math.min(Math.floor(messages / RESERVED), messages - 1);
    const usable = critical ? messages : messages - reserved;
    const forDigests = Math.floor((critical ? reserved : usable) / 2);
    const taken = Object.entries(spent[per] ?? {})
      .map(([freeAt, count]) => ({ freeAt: Number(freeAt), count }))
      .filter(({ freeAt }) => counts(freeAt, String(per), now));
    const used = taken.reduce((sum, { count }) => sum + count, 0);
    free = Math.min(free, usable - used);
    calm = Math.min(calm, usable - forDigests - used);
    if (used >= usable) next = Math.max(next, freeOf(taken, used - usable + 1));
    // The remaining digests are spread over the remaining time.
    if (usable - forDigests - used <= 0) gap = Math.max(gap, gapOf(per, forDigests, usable - used, now));
  }
  return { free, calm, next, gap };
}

/** Whether a slot is still taken. A time later than any slot spent now can have means that the clock was set back. */
function counts(freeAt: number, per: string, now: number): boolean {
  const period = per === "day" || per === "month" ? per : Number(per);
  return freeAt > now && freeAt <= freeAgain(now + AHEAD, period);
}

/** The time at which this many slots are free again. */
function freeOf(taken: readonly { freeAt: number; count: number }[], wanted: number): number {
  let freed = 0;
  for (const { freeAt, count } of taken.toSorted((a, b) => a.freeAt - b.freeAt)) {
    freed += count;
    if (freed >= wanted) return freeAt;
  }
  return Infinity;
}

function gapOf(per: Rate["per"], forDigests: number, left: number, now: number): number {
  const gap = typeof per === "number"
    ? per / Math.max(1, forDigests)
    : (freeAgain(now, per) - now) / Math.max(1, left);
  return Math.min(LONGEST_GAP, Math.ceil(gap));
}

/** The time at which a slot that was used at `at` is free again. */
function freeAgain(at: number, per: Rate["per"]): number {
  if (per === "day") return Math.floor((at + CHINA) / DAY + 1) * DAY - CHINA;
  if (per === "month") {
    const date = new Date(at + CHINA);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - CHINA;
  }
  const part = Math.max(1, Math.ceil(per / PARTS));
  return Math.ceil(at / part) * part + per;
}

/** The time at which all slots are free again; `undefined` if they are now. */
export function forgottenAt(spent: Spent): number | undefined {
  const times = Object.values(spent).flatMap((slots) => Object.keys(slots).map(Number));
  return times.length === 0 ? undefined : Math.max(...times);
}
