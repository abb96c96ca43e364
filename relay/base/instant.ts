import { parseZoned } from "./time.ts";

/** The last millisecond of the year 9999: every calendar, clock and record can show it. The first instant is 1970. */
export const LAST_INSTANT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Whether a number is a time in epoch milliseconds, between 1970 and {@linkcode LAST_INSTANT}. */
export function isInstant(ms: number): boolean {
  return Number.isInteger(ms) && ms >= 0 && ms <= LAST_INSTANT;
}

/** The usual form. The zone is explicit, so the runtime's own parser reads it correctly. */
const WITH_ZONE = /^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2})$/;

/** ISO 8601 in its usual variants. An unescaped `+` in a URL arrives as a space. */
const LENIENT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{1,2}:\d{2})(:\d{2})?(?:[.,](\d+))?\s?(Z|[+\- ]\d{2}:?\d{2})?)?$/i;

/**
 * Parses a time: ISO 8601, or any other form with a zone that the runtime parses. Without a zone it is in `timezone`.
 *
 * @returns epoch milliseconds, negative before 1970; `undefined` when it is not a time or after the year 9999
 */
export function readInstant(text: string, { timezone }: { timezone: string }): number | undefined {
  const ms = WITH_ZONE.test(text) ? Date.parse(text) : readLeniently(text.trim(), timezone);
  return ms !== undefined && ms <= LAST_INSTANT ? ms : undefined; // also false for NaN
}

function readLeniently(text: string, timezone: string): number | undefined {
  const [, day, minute = "00:00", second = ":00", fraction = "", zone] = LENIENT.exec(text) ?? [];
  if (day === undefined) return /(?:GMT|UTC|Z|[+-]\d{2}:?\d{2})$/i.test(text) ? Date.parse(text) : undefined;
  const wall = `${day}T${minute.padStart(5, "0")}${second}`;
  const ms = Number(fraction.padEnd(3, "0").slice(0, 3));
  const utc = Date.parse(`${wall}Z`);
  // Callers treat all times before 1970 alike, so their zone does not matter.
  const here = utc < 0 ? utc : parseZoned(wall, { timezone });
  const whole = zone === undefined ? here : Date.parse(wall + offsetOf(zone));
  return whole === undefined ? undefined : whole + ms;
}

/** `+08:00` for `+0800` and ` 08:00`. */
function offsetOf(zone: string): string {
  if (zone.toUpperCase() === "Z") return "Z";
  return zone.replace(/^ /, "+").replace(/^(...):?(..)$/, "$1:$2");
}
