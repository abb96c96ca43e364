import "../base/temporal.ts";
import type { Severity } from "./severity.ts";

/** The days of a week, in the order of ISO 8601. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** A day of the week. */
export type Day = typeof DAYS[number];

/** Quiet hours: a period in which a group is notified of critical alerts only. Times are `HH:MM` in the group's zone. */
export interface Quiet {
  readonly from: string;
  /** The end, on the next day if it is at or before `from`. `24:00` and `23:59` are the end of the day. */
  readonly to: string;
  /** The days on which it begins. */
  readonly days: readonly Day[];
}

/** Spellings of the end of a day. */
const END_OF_DAY: readonly string[] = ["23:59", "24:00"];

/** Adjoining periods are joined up to this many days: periods that cover the whole week would never end. */
const MAX_DAYS = 7;

/**
 * The end of the quiet hours that hold a notification; `undefined` when none do. Periods that touch or overlap count as one, so
 * it waits for the end of the last. If quiet hours cover the whole week, it waits for the end of the first period. Local time
 * decides: a change to or from summer time makes the hours shorter or longer.
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
    if (last - now >= MAX_DAYS * 86_400_000) return first;
  }
  return last;
}

/** The end of the period that contains `now`; of several periods, the earliest end. */
function endAt(now: number, quiet: readonly Quiet[], timezone: string): number | undefined {
  if (quiet.length === 0) return undefined;
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timezone).toPlainDate();
  const days = [today.subtract({ days: 1 }), today];
  const ends = quiet.flatMap((period) => {
    const from = Temporal.PlainTime.from(period.from);
    const to = Temporal.PlainTime.from(END_OF_DAY.includes(period.to) ? "00:00" : period.to);
    const lasts = Temporal.PlainTime.compare(to, from) > 0 ? 0 : 1;
    return days.flatMap((day) => {
      if (!period.days.includes(DAYS[day.dayOfWeek - 1]!)) return [];
      const at = (date: Temporal.PlainDate, time: Temporal.PlainTime): number =>
        date.toZonedDateTime({ timeZone: timezone, plainTime: time }).epochMilliseconds;
      const end = at(day.add({ days: lasts }), to);
      return at(day, from) <= now && now < end ? [end] : [];
    });
  });
  return ends.length === 0 ? undefined : Math.min(...ends);
}
