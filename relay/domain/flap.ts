import { isWorse, type Severity } from "./severity.ts";

/** The rule that decides when an alert flaps. */
export interface FlapRule {
  /** This many changes between firing and resolved … */
  readonly count: number;
  /** … within this many milliseconds. */
  readonly per: number;
}

/**
 * The rule of a group without its own. An incident that comes back twice within an hour has six changes, which is
 * below the limit. An alert that comes and goes every few minutes causes eight messages instead of thirty, including
 * the two about flapping.
 */
export const DEFAULT_FLAP: FlapRule = { count: 7, per: 60 * 60_000 };

/** The recent changes of a fingerprint, for one group. The record outlives the incidents of the fingerprint. */
export interface Flap {
  /** The times of its changes between firing and resolved, the newest last; at most the rule's `count`. */
  readonly changes: readonly number[];
  /** The worst severity that the group was notified of since it was notified of flapping; absent before. */
  readonly told?: Severity;
  /**
   * Before the group is notified of flapping: the time at which the last change is too old to count. Earlier versions
   * did not store it.
   */
  readonly until?: number;
}

/** `calm`: the windows decide · `begins`: the group is to be notified of flapping · `flapping`: it was notified. */
export type FlapState = "calm" | "begins" | "flapping";

/** Whether the group was notified of flapping and is to be notified when it is calm. */
export function awaitsCalm({ told, until }: Flap): boolean {
  return told !== undefined || until === undefined;
}

/** Whether nothing has changed for the rule's period. */
export function isCalm({ changes }: Flap, { per }: FlapRule, now: number): boolean {
  const last = changes.at(-1);
  return last === undefined || last + per <= now;
}

/**
 * The effect of an alert on a group's flapping.
 *
 * @param changed Whether the alert opens or ends an incident.
 * @returns `flap`: the record to store. The caller sets its `told` when it notifies the group of flapping.
 */
export function flapOn(
  before: Flap | undefined,
  rule: FlapRule,
  { changed, now }: { changed: boolean; now: number },
): { flap: Flap; state: FlapState } {
  const { changes = [], told } = before ?? {};
  const after = changed ? [...changes, now] : changes;
  // A change after the flapping's end starts over. Without a change the group still has to be notified of the end.
  if (before && told && !(changed && isCalm(before, rule, now))) {
    return { flap: { changes: after.slice(-rule.count), told }, state: "flapping" };
  }
  const recent = after.filter((at) => at > now - rule.per).slice(-rule.count);
  const until = (recent.at(-1) ?? now) + rule.per;
  return { flap: { changes: recent, until }, state: recent.length >= rule.count ? "begins" : "calm" };
}

/** Whether a group is notified of this severity in spite of the flapping, which never suppresses a rise to critical. */
export function overridesFlapping({ told = "info" }: Flap, severity: Severity): boolean {
  return severity === "critical" && isWorse(severity, told);
}
