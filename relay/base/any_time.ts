import { isInstant, readInstant } from "./instant.ts";

/** `2026/11/30 18:00:00`, `2026.11.30 18:00`, `20261130180000` */
const OTHER_DATE = /^(\d{4})[./](\d{1,2})[./](\d{1,2})(.*)$/;
const COMPACT = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;

/** The smallest epoch time in seconds, milliseconds, microseconds and nanoseconds, all in 1973, and the unit in milliseconds. */
const UNITS = [[1e8, 1_000], [1e11, 1], [1e14, 1e-3], [1e17, 1e-6]] as const;

/**
 * Reads a time in any of the usual forms: epoch seconds, milliseconds, microseconds or nanoseconds, as a number or in digits;
 * ISO 8601 and its usual variants; RFC 2822; `2026/11/30 18:00:00`, `2026.11.30 18:00` or `20261130180000`. A time
 * without a zone is in `timezone`.
 *
 * @returns epoch milliseconds, or `undefined` for anything else
 */
export function readAnyTime(value: unknown, { timezone }: { timezone: string }): number | undefined {
  if (typeof value === "number") return ofEpoch(value);
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  const compact = COMPACT.exec(text);
  if (compact) {
    const [, year, month, day, hour, minute, second] = compact;
    const ms = readInstant(`${year}-${month}-${day} ${hour}:${minute}:${second}`, { timezone });
    if (ms !== undefined) return inRange(ms);
  }
  if (/^\d+(?:\.\d+)?$/.test(text)) return ofEpoch(Number(text));
  const other = OTHER_DATE.exec(text);
  if (!other) return inRange(readInstant(text, { timezone }));
  const [, year, month, day, rest = ""] = other;
  const iso = `${year}-${month!.padStart(2, "0")}-${day!.padStart(2, "0")}${rest}`;
  return inRange(readInstant(iso, { timezone }));
}

function ofEpoch(number: number): number | undefined {
  const factor = UNITS.findLast(([from]) => number >= from)?.[1];
  return factor === undefined ? undefined : inRange(Math.floor(number * factor));
}

function inRange(ms: number | undefined): number | undefined {
  return ms !== undefined && isInstant(ms) ? ms : undefined;
}
