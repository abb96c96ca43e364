/**
 * Local days, as numbers: days since 1970-01-01. `Temporal` computes only the offsets of a zone, which are cached,
 * and times near a change of the clock: it takes a hundred times as long.
 *
 * @module
 */
import "./temporal.ts";
import { DAY, MINUTE } from "./duration.ts";

/** The local day of a time in epoch milliseconds. */
export function dayOf(ms: number, timezone: string): number {
  const offset = steadyOffset(Math.floor(ms / DAY), timezone);
  if (offset !== undefined) return Math.floor((ms + offset) / DAY);
  return dayNumber(
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toPlainDate().toString(),
  );
}

/** A local time such as `09:00` in epoch milliseconds. A time that the clock skips is moved; of a repeated one, the first counts. */
export function instantOf(day: number, time: string, timezone: string): number {
  const offset = steadyOffset(day, timezone);
  if (offset !== undefined) return day * DAY + minutesOf(time) * MINUTE - offset;
  return Temporal.PlainDate.from(dateOf(day)).toZonedDateTime({ timeZone: timezone, plainTime: time })
    .epochMilliseconds;
}

/** The number of a day such as `2026-11-16`. */
export function dayNumber(date: string): number {
  return Date.parse(date) / DAY;
}

/** A day as `2026-11-16`. */
export function dateOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/** The minutes of a time such as `09:00` since midnight. */
export function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
}

/** The offsets of each zone at the beginnings of days in UTC, in milliseconds. */
const offsets = new Map<string, Map<number, number>>();

/** At most this many offsets of a zone are cached: a page shows a fortnight, a feed four months. */
const MAX_CACHED = 1_000;

/** The offset of a zone around a whole day; `undefined` when it changes there. */
function steadyOffset(day: number, timezone: string): number | undefined {
  const before = offsetAt(day - 1, timezone);
  return before === offsetAt(day + 2, timezone) ? before : undefined;
}

function offsetAt(day: number, timezone: string): number {
  let known = offsets.get(timezone);
  if (!known) offsets.set(timezone, known = new Map());
  let offset = known.get(day);
  if (offset === undefined) {
    if (known.size >= MAX_CACHED) known.clear();
    const { offsetNanoseconds } = Temporal.Instant.fromEpochMilliseconds(day * DAY).toZonedDateTimeISO(
      timezone,
    );
    known.set(day, offset = offsetNanoseconds / 1_000_000);
  }
  return offset;
}
