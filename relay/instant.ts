import { parseZoned } from "./message/time.ts";

/** The last millisecond that every calendar, clock and record can show: years have four digits. The first is 1970's. */
export const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Whether a number is a time that can be shown and computed with, in epoch milliseconds. */
export function isInstant(ms: number): boolean {
  return Number.isInteger(ms) && ms >= 0 && ms <= LAST_INSTANT;
}

/** What most senders write: the zone is known, and the runtime's own parser is right. */
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/;

/** ISO 8601 as people and programs write it. A `+` of an address that was not escaped arrives as a space. */
const LENIENT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}:\d{2})(:\d{2})?(?:[.,](\d+))?\s?(Z|[+\- ]\d{2}:?\d{2})?)?$/i;

/**
 * A time that somebody wrote: ISO 8601 with or without a zone, or with a zone in any other form that the runtime reads.
 * One without a zone is read in `timezone`.
 *
 * @returns epoch milliseconds, negative before 1970; `undefined` for what is no time, or is after the year 9999
 */
export function readInstant(text: string, { timezone }: { timezone: string }): number | undefined {
  const ms = WITH_ZONE.test(text) ? Date.parse(text) : readLeniently(text.trim(), timezone);
  return ms !== undefined && ms <= LAST_INSTANT ? ms : undefined; // false for NaN, too
}

function readLeniently(text: string, timezone: string): number | undefined {
  const [, day, minute = "00:00", second = ":00", fraction = "", zone] = LENIENT.exec(text) ?? [];
  if (day === undefined) return /(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/i.test(text) ? Date.parse(text) : undefined;
  const wall = `${day}T${minute.padStart(5, "0")}${second}`;
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  const utc = Date.parse(`${wall}Z`);
  // Before 1970 it does not matter by how much, and zones of the year 1 are nobody's business.
  const here = utc < 0 ? utc : parseZoned(wall, { timezone });
  const whole = zone === undefined ? here : Date.parse(wall + offsetOf(zone));
  return whole === undefined ? undefined : whole + ms;
}

/** `+08:00` for `+0800` and ` 08:00`. */
function offsetOf(zone: string): string {
  if (zone.toUpperCase() === "Z") return "Z";
  return zone.replace(/^ /, "+").replace(/^(...):?(..)$/, "$1:$2");
}
