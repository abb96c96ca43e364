import { isWorse, type Severity } from "./severity.ts";

/** When an alert that comes and goes counts as flapping. */
export interface FlapRule {
  /** So many changes between firing and resolved … */
  readonly count: number;
  /** … within so many milliseconds. */
  readonly per: number;
}

/**
 * The rule of a group that sets none. An incident that comes back twice within an hour has six changes; an alert that
 * comes and goes every few minutes brings eight messages, with the two about the flapping, and not thirty.
 */
export const DEFAULT_FLAP: FlapRule = { count: 7, per: 60 * 60_000 };

/** How often a fingerprint came and went of late, for one group. It outlives the incidents of the fingerprint. */
export interface Flap {
  /** When it changed between firing and resolved, the newest last; no more than decide. */
  readonly changes: readonly number[];
  /** The worst severity that the group was notified of since it was notified of flapping; absent before. */
  readonly told?: Severity;
  /** Before the group is notified of flapping: when the last change is too old to count. Earlier versions did not store it. */
  readonly until?: number;
}

/** `calm`: the windows decide · `begins`: the group is to be notified of flapping · `flapping`: it was. */
export type FlapState = "calm" | "begins" | "flapping";

/** Whether time alone will change it: the group was notified of flapping, and will be notified when it is calm. */
export function awaitsCalm({ told, until }: Flap): boolean {
  return told !== undefined || until === undefined;
}

/** Whether nothing has changed for as long as the rule asks. */
export function isCalm({ changes }: Flap, { per }: FlapRule, now: number): boolean {
  const last = changes.at(-1);
  return last === undefined || last + per <= now;
}

/**
 * What an alert means for a group's rule.
 *
 * @param changed Whether the fingerprint fires where nothing was open, or is resolved where something was.
 * @returns `flap`: the record to store. The caller sets its `told` when it notifies the group of flapping.
 */
export function flapOn(
  before: Flap | undefined,
  rule: FlapRule,
  { changed, now }: { changed: boolean; now: number },
): { flap: Flap; state: FlapState } {
  const { changes = [], told } = before ?? {};
  const after = changed ? [...changes, now] : changes;
  // Once it is calm, a change begins anew. Without one, the group is still to be notified of the state in which it ended.
  if (before && told && !(changed && isCalm(before, rule, now))) {
    return { flap: { changes: after.slice(-rule.count), told }, state: "flapping" };
  }
  const recent = after.filter((at) => at > now - rule.per).slice(-rule.count);
  const until = (recent.at(-1) ?? now) + rule.per;
  return { flap: { changes: recent, until }, state: recent.length >= rule.count ? "begins" : "calm" };
}

/** Whether a group is notified of this severity in spite of the flapping: critical is never held back. */
export function isTooBadToHush({ told = "info" }: Flap, severity: Severity): boolean {
  return severity === "critical" && isWorse(severity, told);
}
