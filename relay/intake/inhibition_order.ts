/**
 * The order in which alerts are stored: one that inhibits others is stored before them.
 *
 * @module
 */
import type { Labels, Status } from "../domain/alert.ts";
import { type InhibitRule, isSource, isTarget } from "../domain/inhibition.ts";

/** The part of an alert that decides it. */
interface SidedAlert {
  readonly status: Status;
  readonly labels: Labels;
}

/**
 * The order in which to store the alerts of a payload, as indexes: those with the fingerprint of a source come first.
 *
 * @returns `undefined` when their order does not matter
 */
export function sourcesFirst(
  alerts: readonly { readonly fingerprint: string; readonly alert: SidedAlert }[],
  rules: readonly InhibitRule[] = [],
): number[] | undefined {
  if (rules.length === 0 || alerts.length < 2) return undefined;
  const sources = new Set<string>();
  for (const { fingerprint, alert: { status, labels } } of alerts) {
    if (status === "firing" && isSource(labels, rules)) sources.add(fingerprint);
  }
  if (sources.size === 0) return undefined;
  const indexes = [...alerts.keys()];
  const isFirst = (index: number): boolean => sources.has(alerts[index]!.fingerprint);
  return [...indexes.filter(isFirst), ...indexes.filter((index) => !isFirst(index))];
}

/** Whether some alerts may inhibit others, and whether others may inhibit some. */
export function sidesOf(
  alerts: readonly SidedAlert[],
  rules: readonly InhibitRule[],
): { hasSources: boolean; hasTargets: boolean } {
  const firing = alerts.filter(({ status }) => status === "firing");
  return {
    hasSources: firing.some(({ labels }) => isSource(labels, rules)),
    hasTargets: firing.some(({ labels }) => isTarget(labels, rules)),
  };
}
