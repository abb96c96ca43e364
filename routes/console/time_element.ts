import type { Locale } from "../../relay/group.ts";
import { formatAgo, formatTime } from "../../relay/message/time.ts";

/**
 * A time as HTML: absolute in the zone, UTC when one points at it, and how long ago. The console's script puts the
 * viewer's own zone beside UTC and keeps the rest up to date.
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
