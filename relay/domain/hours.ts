import "../base/temporal.ts";

/** The days of a week, in the order of ISO 8601. */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

/** A day of the week. */
export type Day = typeof DAYS[number];

/** Hours of some days. Times are `HH:MM` in a zone. */
export interface Hours {
  readonly from: string;
  /** The end, on the next day if it is at or before `from`. `24:00` and `23:59` are the end of the day. */
  readonly to: string;
  /** The days on which they begin. */
  readonly days: readonly Day[];
}

/** Spellings of the end of a day. */
const END_OF_DAY: readonly string[] = ["23:59", "24:00"];

/** The beginning and the end of the hours that begin on a day, in epoch milliseconds; `undefined` if none do. */
export function hoursOn(
  day: Temporal.PlainDate,
  { from, to, days }: Hours,
  timezone: string,
): { readonly from: number; readonly until: number } | undefined {
  if (!days.includes(DAYS[day.dayOfWeek - 1]!)) return undefined;
  const end = END_OF_DAY.includes(to) ? "00:00" : to;
  const isNextDay = Temporal.PlainTime.compare(end, from) <= 0;
  return {
    from: instantOf(day, from, timezone),
    until: instantOf(isNextDay ? day.add({ days: 1 }) : day, end, timezone),
  };
}

/** A local time as epoch milliseconds. A time that a clock change skips is moved; of a repeated time, the first counts. */
export function instantOf(day: Temporal.PlainDate, time: string, timezone: string): number {
  return day.toZonedDateTime({ timeZone: timezone, plainTime: time }).epochMilliseconds;
}

/** The local day of a time in epoch milliseconds. */
export function dayOf(ms: number, timezone: string): Temporal.PlainDate {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toPlainDate();
}
