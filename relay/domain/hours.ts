import { dayOf, instantOf, minutesOf } from "../base/local_day.ts";

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

/** The beginning and the end of some hours, in epoch milliseconds. */
export interface HoursPeriod {
  readonly from: number;
  readonly until: number;
}

/** The period of the hours that contains a time; `undefined` outside of the hours. */
export function hoursAt(now: number, hours: Hours, timezone: string): HoursPeriod | undefined {
  const today = dayOf(now, timezone);
  return [today - 1, today].map((day) => hoursOn(day, hours, timezone))
    .find((period) => period && period.from <= now && now < period.until);
}

/** The period of the hours that begins on a day; `undefined` if none does. */
export function hoursOn(day: number, { from, to, days }: Hours, timezone: string): HoursPeriod | undefined {
  if (!days.includes(weekday(day))) return undefined;
  const end = END_OF_DAY.includes(to) ? "00:00" : to;
  const isNextDay = minutesOf(end) <= minutesOf(from);
  return {
    from: instantOf(day, from, timezone),
    until: instantOf(isNextDay ? day + 1 : day, end, timezone),
  };
}

/** The day of the week of a day: 1970-01-01 was a Thursday. */
export function weekday(day: number): Day {
  return DAYS[(day % 7 + 7 + 3) % 7]!;
}
