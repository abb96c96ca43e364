import { parseDuration } from "./config/duration.ts";

/**
 * A time that a person wrote: a duration such as `24h` means so long ago; else ISO 8601.
 *
 * @returns epoch milliseconds; `undefined` when the text is neither
 */
export function parseTime(text: string, now: number): number | undefined {
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}
