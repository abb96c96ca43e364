import type { Status } from "./alert.ts";
import { formatMatcher, readCondition } from "./matcher.ts";

/** A period in which matching alerts notify nobody. Times are epoch milliseconds. */
export interface Silence {
  readonly id: string;
  /** Alertmanager's matchers, one in each string; all of them must match. */
  readonly matchers: readonly string[];
  readonly from: number;
  readonly until: number;
  readonly author: string;
  readonly comment: string;
  readonly createdAt: number;
  /** The time at which its end, its start, its author or its comment was changed. */
  readonly changedAt?: number;
  /**
   * The incidents that it waits for: it ends when all of them are over, and at `until` at the latest. It covers only firing
   * alerts, so groups are notified of resolved ones.
   */
  readonly incidents?: readonly string[];
  /** The time of its early end. */
  readonly expiredAt?: number;
  /** With `expiredAt`: it ended because its incidents were over. */
  readonly expiredBy?: "resolved";
}

/** The longest time that a silence waits for its incidents, in milliseconds: 30 days. */
export const MAX_UNTIL_RESOLVED = 30 * 24 * 3_600_000;

/** The incidents of one silence, at most, because it stores their ids. */
export const MAX_INCIDENTS = 1_000;

/** Our choice: how many matchers a silence may have, and how many characters one of them, its comment and its author. */
export const SILENCE_LIMITS = { matchers: 50, matcher: 2_000, comment: 1_000, author: 100 };

/** The states of a silence. */
export const SILENCE_STATES = ["pending", "active", "expired"] as const;

/** The state of a silence. */
export type SilenceState = typeof SILENCE_STATES[number];

/** The state of a silence at a time. */
export function silenceState(silence: Silence, now: number): SilenceState {
  if (endOf(silence) <= now) return "expired";
  return silence.from > now ? "pending" : "active";
}

/** The end of a silence. */
export function endOf({ until, expiredAt = until }: Silence): number {
  return Math.min(until, expiredAt);
}

/** Whether a silence never covers alerts of this status. A silence that waits for incidents lets resolved alerts through. */
export function letsThrough({ incidents }: Silence, status: Status): boolean {
  return incidents !== undefined && status === "resolved";
}

/** Matchers, one in each string, for labels with exactly these values. */
export function matchersFor(labels: readonly (readonly [name: string, value: string])[]): string[] {
  return labels.map(([name, value]) => formatMatcher({ name, operator: "=", value }));
}

/**
 * Whether a silence can get another period in place, as in Alertmanager: its matchers stay the same, and so does a
 * start that is past. Otherwise it would no longer document the alerts that it covered.
 */
export function canChange(
  silence: Silence,
  { matchers, from }: Pick<Silence, "matchers" | "from">,
  now: number,
): boolean {
  const state = silenceState(silence, now);
  if (state === "expired" || canonical(matchers) !== canonical(silence.matchers)) return false;
  return state === "pending" ? from >= now : Math.floor(from / 1_000) === Math.floor(silence.from / 1_000);
}

function canonical(matchers: readonly string[]): string {
  return matchers.map((text) => formatMatcher(readCondition(text))).toSorted().join();
}
