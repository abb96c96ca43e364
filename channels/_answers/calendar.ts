/**
 * The time at which the quotas of Chinese vendors are reset: the end of a calendar day or month, in China's time.
 *
 * @module
 */

/** China has no daylight saving time. */
const CHINA = 8 * 3_600_000;

const DAY = 24 * 3_600_000;

/** Milliseconds until midnight in China. */
export function untilMidnight(now: number): number {
  return DAY - (now + CHINA) % DAY;
}

/** Milliseconds until the first of the next month in China. */
export function untilNextMonth(now: number): number {
  const local = new Date(now + CHINA);
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1) - local.getTime();
}

/** Whether a wait is for a quota: longer than any other that a verdict may ask for. */
export function isQuota(waitMs: number): boolean {
  return waitMs > 15 * 60_000;
}
