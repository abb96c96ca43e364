import type { PeriodTally } from "../../store/tallies.ts";
import { readAccepted, type Tally } from "../../domain/tally.ts";
import { HOUR } from "../../base/duration.ts";
import type { Hour } from "../shapes/overview.ts";

/** The hours of a day. */
export const HOURS = 24;

/** The hours up to and including `last` (in hours since the epoch), the oldest first, also those without alerts. */
export function hoursUntil(last: number, counted: ReadonlyMap<number, PeriodTally>): Hour[] {
  return Array.from({ length: HOURS }, (_, index) => {
    const hour = last - HOURS + 1 + index;
    const { accepted = {}, done = new Map<string, Tally>() } = counted.get(hour) ?? {};
    let [folded, delivered, dead] = [0, 0, 0];
    for (const name in accepted) if (readAccepted(name).what === "folded") folded += accepted[name]!;
    for (const tally of done.values()) {
      delivered += tally.delivered ?? 0;
      dead += tally.dead ?? 0;
    }
    return { from: hour * HOUR, accepted: accepted.accepted ?? 0, folded, delivered, dead };
  });
}
