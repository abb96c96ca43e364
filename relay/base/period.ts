import { parseDuration } from "./duration.ts";
import { readInstant } from "./instant.ts";

/** The current time, and the zone for parsing a person's text. */
export interface Here {
  readonly now: number;
  readonly timezone: string;
}

/**
 * Parses a time that a person wrote: a duration such as `24h` means that long ago; otherwise ISO 8601, without a zone in
 * `timezone`.
 *
 * @returns epoch milliseconds, 1970 at the earliest; `undefined` if the text is neither
 */
export function parseTime(text: string, { now, timezone }: Here): number | undefined {
  const ago = parseDuration(text);
  const time = ago === undefined ? readInstant(text, { timezone }) : now - ago;
  return time === undefined ? undefined : Math.max(0, time);
}
