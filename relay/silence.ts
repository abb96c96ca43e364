import type { Labels } from "./alert.ts";
import { type Matcher, matchesAll, parseMatcher } from "./matcher.ts";

/** A time during which nobody is told of the alerts that match. Times are epoch milliseconds. */
export interface Silence {
  readonly id: string;
  /** Alertmanager's matchers, one a text; all of them must match. */
  readonly matchers: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly author: string;
  readonly comment: string;
  readonly createdAt: number;
  /** When somebody ended it early. */
  readonly expiredAt?: number;
}

/** What a silence can be. */
export const SILENCE_STATES = ["pending", "active", "expired"] as const;

/** Whether a silence is still to come, is there, or is over. */
export type SilenceState = typeof SILENCE_STATES[number];

/** What a silence is now. */
export function silenceState(silence: Silence, now: number): SilenceState {
  if (endOf(silence) <= now) return "expired";
  return silence.from > now ? "pending" : "active";
}

/** When a silence ends, or ended. */
export function endOf({ until, expiredAt = until }: Silence): number {
  return Math.min(until, expiredAt);
}

/** What a silence, or one in the making, covers. */
export function coverage(matchers: readonly string[]): (labels: Labels) => boolean {
  const parsed: readonly Matcher[] = matchers.map(parseMatcher);
  return (labels) => matchesAll(parsed, labels);
}
