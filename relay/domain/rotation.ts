import { dayNumber, dayOf, instantOf } from "../base/local_day.ts";
import { type Hours, hoursAt, hoursOn } from "./hours.ts";
import type { Member } from "./member.ts";

/** Members who are on call in turns. */
export interface Rotation {
  /** The members of each turn. */
  readonly turns: readonly (readonly Member[])[];
  /** The day of the first turn: `2026-11-16`. */
  readonly start: string;
  /** The time of day at which a turn begins: `09:00` in the zone. */
  readonly handover: string;
  /** Days that a turn lasts. */
  readonly every: number;
  /** An IANA time zone; the group's by default. */
  readonly timezone?: string;
  /** The hours in which its members are on call; always by default. */
  readonly hours?: Hours;
}

/** A zone, and a time in it. */
interface Moment {
  readonly timezone: string;
  readonly now: number;
}

/** A zone, and a period in it. Epoch milliseconds. */
interface Span {
  readonly timezone: string;
  readonly from: number;
  readonly until: number;
}

/** The members of the current turn; `undefined` before the first turn, and outside of the rotation's hours. */
export function turnAt(rotation: Rotation, moment: Moment): readonly Member[] | undefined {
  const { turns, hours } = rotation;
  const turn = turnNumber(rotation, moment);
  if (turn < 0 || hours && !hoursAt(moment.now, hours, moment.timezone)) return undefined;
  return turns[turn % turns.length];
}

/** The times between `from` and `until` at which the members on call may change, in any order. */
export function edgesOf(rotation: Rotation, { timezone, from, until }: Span): number[] {
  const edges: number[] = [];
  const first = turnNumber(rotation, { timezone, now: from }) + 1;
  for (let turn = Math.max(0, first);; turn++) {
    const at = beginOf(rotation, turn, timezone);
    if (at >= until) break;
    edges.push(at);
  }
  const { hours } = rotation;
  if (!hours) return edges;
  const last = dayOf(until, timezone);
  for (let day = dayOf(from, timezone) - 1; day <= last; day++) {
    const period = hoursOn(day, hours, timezone);
    if (period) edges.push(...[period.from, period.until].filter((at) => at > from && at < until));
  }
  return edges;
}

/** The number of the turn at a time; negative before the first. */
function turnNumber(rotation: Rotation, { timezone, now }: Moment): number {
  const { start, every } = rotation;
  const days = dayOf(now, timezone) - dayNumber(start);
  const guess = Math.floor(days / every);
  return beginOf(rotation, guess, timezone) <= now ? guess : guess - 1;
}

function beginOf({ start, handover, every }: Rotation, turn: number, timezone: string): number {
  return instantOf(dayNumber(start) + turn * every, handover, timezone);
}
