import type { Locale } from "../../relay/base/locale.ts";
import { formatAgo, formatTime } from "../../relay/base/time.ts";

/** A time without today's date and without the current year: `10:43:00`, `11-19 10:43:00`, `2025-12-31 10:43:00`. */
export function briefTime(ms: number, { now, timezone }: { now: number; timezone: string }): string {
  const absolute = formatTime(ms, { timezone });
  if (absolute === "?") return "?";
  const today = formatTime(now, { timezone }).slice(0, 10);
  if (absolute.startsWith(today)) return absolute.slice(11);
  return absolute.startsWith(today.slice(0, 5)) ? absolute.slice(5) : absolute;
}

/** A time as HTML for a list, to the minute, with its age; the full time on hover. */
export function briefTimeElement(
  ms: number,
  { now, locale, timezone }: { now: number; locale: Locale; timezone: string },
): string {
  const brief = briefTime(ms, { now, timezone });
  if (brief === "?") return "?";
  const whole = `${formatTime(ms, { timezone })} · ${formatTime(ms, { timezone: "UTC" })} UTC`;
  return `<time datetime="${new Date(ms).toISOString()}" title="${whole}">${brief.slice(0, -3)}` +
    ` <span class="ago">${formatAgo(ms, { now, locale })}</span></time>`;
}

/**
 * A time as HTML: absolute in the zone, UTC on hover, and its age. The console's script adds the viewer's own zone
 * next to UTC and keeps the age up to date.
 */
export function timeElement(
  ms: number,
  { now, locale, timezone }: { now: number; locale: Locale; timezone: string },
): string {
  const absolute = formatTime(ms, { timezone });
  if (absolute === "?") return "?";
  const utc = `${formatTime(ms, { timezone: "UTC" })} UTC`;
  return `<time datetime="${new Date(ms).toISOString()}" title="${utc}">${absolute}` +
    ` <span class="ago">${formatAgo(ms, { now, locale })}</span></time>`;
}
