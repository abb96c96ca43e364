/** Our choice, and Slack's advice: a call whose signed time is further from ours may be a replay. */
const CLOCK_SKEW = 5 * 60_000;

/** The reading of a stale call. */
export const STALE = {
  refused: "its time is more than five minutes away: check the relay's clock",
} as const;

/** Whether the signed time of a call is too far from ours, or not a time. Both in epoch milliseconds. */
export function isStale(at: number, now: number): boolean {
  return !(Math.abs(at - now) <= CLOCK_SKEW);
}
