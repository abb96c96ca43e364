/**
 * What a vendor takes, and what was sent to it already. A place is spent, and stored, before the message goes: a crash
 * then counts against us, never against the vendor.
 *
 * @module
 */
import type { Rate } from "../channel.ts";
import { TIMEOUT_BOUNDS } from "../channel/options.ts";
import type { Spent } from "../store/lane_record.ts";
import { DAY } from "../base/duration.ts";

/** A place in a vendor's budget, counted at the latest time at which the message may arrive. */
export interface BudgetSlot {
  readonly rates: readonly Rate[];
  readonly at: number;
  /** How far another instance's clock may be ahead of this one's. */
  readonly skew: number;
}

/** What may be sent now under some rates. */
export interface Room {
  /** Messages that may go at all. */
  readonly free: number;
  /** Messages that may go one by one: the rest is kept for digests. */
  readonly calm: number;
  /** When there will be a free one; now when there is. */
  readonly next: number;
  /** How long to wait between two digests, so that the places that are kept for them last. */
  readonly gap: number;
}

/** A place is free again so many parts of its period late at most: times are kept that roughly. */
const PARTS = 60;

/** Nobody waits longer than that while there is a place, however long the period is. */
const LONGEST_GAP = 5 * 60_000;

/** China has one time zone, and no summer time. */
const CHINA = 8 * 60 * 60_000;

/** Of each rate, one message in so many is kept for critical alerts. */
const RESERVED = 5;

/**
 * A place is counted at most so long before its message arrives: the longest attempt, the time in which it has to begin,
 * and how far clocks may be apart.
 */
const AHEAD = TIMEOUT_BOUNDS.most + 60_000;

/** The budget after a place was spent that arrives at the vendor at `at`, or earlier. What is free again is forgotten. */
export function spend(spent: Spent, rates: readonly Rate[], { now, at }: { now: number; at: number }): Spent {
  return change(spent, rates, { now, at, by: 1 });
}

/** The budget after a place that was counted at `at` was used, or not used, earlier than that. */
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
  for (const [per, places] of Object.entries(spent)) {
    const taken = Object.entries(places).filter(([freeAt]) => counts(Number(freeAt), per, now));
    if (taken.length > 0) after[per] = Object.fromEntries(taken);
  }
  for (const per of new Set(rates.map(({ per }) => per))) {
    const places = after[per] ??= {};
    const freeAt = freeAgain(at, per);
    const count = (places[freeAt] ?? 0) + by;
    if (count > 0) places[freeAt] = count;
    else delete places[freeAt];
  }
  return after;
}

/**
 * What may be sent now.
 *
 * Half of the places are for messages that go one by one. The others are for digests, evenly over the period: so a burst
 * is told at once, what follows waits no longer than a gap, and the vendor never complains.
 *
 * @param options `critical`: whether a critical alert is among what would be sent: a fifth of each rate is kept for them.
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
    const kept = Math.floor((critical ? reserved : usable) / 2);
    const taken = Object.entries(spent[per] ?? {})
      .map(([freeAt, count]) => ({ freeAt: Number(freeAt), count }))
      .filter(({ freeAt }) => counts(freeAt, String(per), now));
    const used = taken.reduce((sum, { count }) => sum + count, 0);
    free = Math.min(free, usable - used);
    calm = Math.min(calm, usable - kept - used);
    if (used >= usable) next = Math.max(next, freeOf(taken, used - usable + 1));
    // The digests that are left share the time that is left.
    if (usable - kept - used <= 0) gap = Math.max(gap, gapOf(per, kept, usable - used, now));
  }
  return { free, calm, next, gap };
}

/** Whether a place is still taken. One that is free later than any that can be spent now is of a clock that was set back. */
function counts(freeAt: number, per: string, now: number): boolean {
  const period = per === "day" || per === "month" ? per : Number(per);
  return freeAt > now && freeAt <= freeAgain(now + AHEAD, period);
}

/** When so many places are free again. */
function freeOf(taken: readonly { freeAt: number; count: number }[], wanted: number): number {
  let freed = 0;
  for (const { freeAt, count } of taken.toSorted((a, b) => a.freeAt - b.freeAt)) {
    freed += count;
    if (freed >= wanted) return freeAt;
  }
  return Infinity;
}

function gapOf(per: Rate["per"], kept: number, left: number, now: number): number {
  const gap = typeof per === "number"
    ? per / Math.max(1, kept)
    : (freeAgain(now, per) - now) / Math.max(1, left);
  return Math.min(LONGEST_GAP, Math.ceil(gap));
}

/** When a place that was used at `at` is free again. */
function freeAgain(at: number, per: Rate["per"]): number {
  if (per === "day") return Math.floor((at + CHINA) / DAY + 1) * DAY - CHINA;
  if (per === "month") {
    const date = new Date(at + CHINA);
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1) - CHINA;
  }
  const part = Math.max(1, Math.ceil(per / PARTS));
  return Math.ceil(at / part) * part + per;
}

/** When nothing of it counts any more; `undefined` when nothing does. */
export function forgottenAt(spent: Spent): number | undefined {
  const times = Object.values(spent).flatMap((places) => Object.keys(places).map(Number));
  return times.length === 0 ? undefined : Math.max(...times);
}
