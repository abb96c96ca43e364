import { isWorse, type Severity } from "./severity.ts";

/** When a group has heard enough of an alert that comes and goes. */
export interface FlapRule {
  /** So many changes between firing and resolved … */
  readonly count: number;
  /** … within so many milliseconds. */
  readonly per: number;
}

/**
 * The rule of a group that sets none. An incident that comes back twice within an hour has six changes; an alert that
 * comes and goes every few minutes is told eight times, with the two messages about the flapping, and not thirty.
 */
export const DEFAULT_FLAP: FlapRule = { count: 7, per: 60 * 60_000 };

/** How often a fingerprint came and went of late, for one group. It outlives the incidents of the fingerprint. */
export interface Flap {
  /** When it changed between firing and resolved, the newest last; no more than decide. */
  readonly changes: readonly number[];
  /** The worst severity that the group was notified of since it was told that the alert flaps; absent before. */
  readonly told?: Severity;
  /** Before the group is told that it flaps: when the last change is too old to count. Earlier versions did not store it. */
  readonly until?: number;
}

/** `calm`: the windows decide · `begins`: the group is to be told that it flaps · `flapping`: it was. */
export type FlapState = "calm" | "begins" | "flapping";

/** Whether time alone will change it: the group was told that it flaps, and will be told when it has settled. */
export function isUnsettled({ told, until }: Flap): boolean {
  return told !== undefined || until === undefined;
}

/** Whether nothing has changed for as long as the rule asks. */
export function isSettled({ changes }: Flap, { per }: FlapRule, now: number): boolean {
  const last = changes.at(-1);
  return last === undefined || last + per <= now;
}

/**
 * What an alert means for a group's rule.
 *
 * @param changed Whether the fingerprint fires where nothing was open, or is resolved where something was.
 * @returns `flap`: the record to store. The caller sets its `told` when it tells the group that the alert flaps.
 */
export function flapOn(
  before: Flap | undefined,
  rule: FlapRule,
  { changed, now }: { changed: boolean; now: number },
): { flap: Flap; state: FlapState } {
  const { changes = [], told } = before ?? {};
  const after = changed ? [...changes, now] : changes;
  // Once it settled, a change begins anew. Without one, the group is still to be told in which state it settled.
  if (before && told && !(changed && isSettled(before, rule, now))) {
    return { flap: { changes: after.slice(-rule.count), told }, state: "flapping" };
  }
  const recent = after.filter((at) => at > now - rule.per).slice(-rule.count);
  const until = (recent.at(-1) ?? now) + rule.per;
  return { flap: { changes: recent, until }, state: recent.length >= rule.count ? "begins" : "calm" };
}

/** Whether a group that was told of flapping is notified of this severity all the same: critical is never held back. */
export function isTooBadToHush({ told = "info" }: Flap, severity: Severity): boolean {
  return severity === "critical" && isWorse(severity, told);
}
