import { DAY } from "../base/duration.ts";
import { type Hours, hoursAt } from "./hours.ts";
import type { Severity } from "./severity.ts";

/** Quiet hours: a period in which a group is notified of critical alerts only. */
export type Quiet = Hours;

/** The most days of joined adjoining periods: periods that cover the whole week would never end. */
const MAX_DAYS = 7;

/**
 * The end of the quiet hours that hold a notification; `undefined` when none do. Periods that touch or overlap count
 * as one, so it waits for the end of the last. If quiet hours cover the whole week, it waits for the end of the first
 * period. Local time decides: a change to or from daylight saving time makes the hours shorter or longer.
 */
export function heldUntil(
  { quiet = [], timezone }: { readonly quiet?: readonly Quiet[] | undefined; readonly timezone: string },
  severity: Severity,
  now: number,
): number | undefined {
  if (severity === "critical") return undefined;
  const first = endAt(now, quiet, timezone);
  if (first === undefined) return undefined;
  let last = first;
  for (let next = endAt(last, quiet, timezone); next !== undefined; next = endAt(last, quiet, timezone)) {
    last = next;
    if (last - now >= MAX_DAYS * DAY) return first;
  }
  return last;
}

/** The end of the period that contains `now`; of several periods, the earliest end. */
function endAt(now: number, quiet: readonly Quiet[], timezone: string): number | undefined {
  const ends = quiet.flatMap((hours) => hoursAt(now, hours, timezone)?.until ?? []);
  return ends.length === 0 ? undefined : Math.min(...ends);
}
