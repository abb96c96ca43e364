import { readInstant } from "../../relay/base/instant.ts";

/** `2018-09-11 19:24:45` and its common variants: single digits, other separators, no seconds, a zone. */
const WRITTEN =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.,]\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** The largest lead of a sender's clock, in milliseconds. A later time cannot be the start of the alert. */
const MAX_AHEAD = 15 * 60_000;

/**
 * `alert_time` in epoch milliseconds: a date and a time, read in the relay's zone unless it names one, or a number of
 * seconds or milliseconds; `null` for any other text, which is shown unchanged.
 */
export function alertTime(
  text: string,
  { now, timezone }: { now: number; timezone: string },
): number | null {
  const time = read(text.trim(), timezone);
  return time !== undefined && time >= 0 && time <= now + MAX_AHEAD ? time : null;
}

function read(text: string, timezone: string): number | undefined {
  if (/^\d{10}(?:\d{3})?$/.test(text)) return Number(text) * (text.length === 10 ? 1_000 : 1);
  const [, year, ...rest] = WRITTEN.exec(text) ?? [];
  if (year === undefined) return undefined;
  const [month, day, hour, minute, second] = rest.slice(0, 5).map((part = "0") => part.padStart(2, "0"));
  const wall = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  // The parser reads 31 February as 3 March.
  const isReal = Date.parse(`${wall}Z`) >= 0 && new Date(`${wall}Z`).toISOString().startsWith(wall);
  const zone = rest[5] ?? "";
  return isReal ? readInstant(wall + zone, { timezone }) : undefined;
}
