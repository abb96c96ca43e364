/**
 * The wait for 45009, the answer of all WeCom APIs to too many calls.
 *
 * @module
 */
import { type Throttled, throttled } from "../../relay/channel.ts";
import { isQuota, untilMidnight } from "../_answers/calendar.ts";

const MINUTE = 60_000;

/**
 * A block lasts a minute, an hour, or the rest of the day: https://developer.work.weixin.qq.com/document/path/90312.
 * The code is the same for all three. If the words name the period, the wait is that period; otherwise it is a
 * minute, after which WeCom may refuse again, at the cost of one call.
 */
export function throttled45009(words: string, now: number): Throttled {
  const waitMs = waitOf(words, now);
  return throttled(words, { waitMs, quota: isQuota(waitMs) });
}

function waitOf(words: string, now: number): number {
  if (/\bdaily\b|\bday\b/i.test(words)) return untilMidnight(now);
  return /\bhour/i.test(words) ? 60 * MINUTE : MINUTE;
}
