import { parseDuration } from "./duration.ts";
import { readInstant } from "./instant.ts";

/** The current time and the zone that a person's text is parsed with. */
export interface Here {
  readonly now: number;
  readonly timezone: string;
}

/**
 * A time that a person wrote: a duration such as `24h` means so long ago; else ISO 8601, without a zone in `timezone`.
 *
 * @returns epoch milliseconds, 1970 at the earliest; `undefined` when the text is neither
 */
export function parseTime(text: string, { now, timezone }: Here): number | undefined {
  const ago = parseDuration(text);
  const time = ago === undefined ? readInstant(text, { timezone }) : now - ago;
  return time === undefined ? undefined : Math.max(0, time);
}
