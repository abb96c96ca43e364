/**
 * What 45009 asks for, WeCom's answer to too many calls, whichever of its APIs was called.
 *
 * @module
 */
import { type Throttled, throttled } from "../../relay/channel.ts";
import { isQuota, untilMidnight } from "../_answers/calendar.ts";

const MINUTE = 60_000;

/**
 * A block by the minute lasts one, by the hour an hour, by the day the rest of it:
 * https://developer.work.weixin.qq.com/document/path/90312. The code is the same for all three. Where the words say which,
 * that is the wait; else a minute, after which WeCom may say so again: that costs one call.
 */
export function throttled45009(words: string, now: number): Throttled {
  const waitMs = waitOf(words, now);
  return throttled(words, { waitMs, quota: isQuota(waitMs) });
}

function waitOf(words: string, now: number): number {
  if (/\bdaily\b|\bday\b/i.test(words)) return untilMidnight(now);
  return /\bhour/i.test(words) ? 60 * MINUTE : MINUTE;
}
