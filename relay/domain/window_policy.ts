import type { FlapRule } from "./flap.ts";
import { type Group, primaryDestinations } from "./group.ts";
import type { Window } from "./incident.ts";
import type { Severity } from "./severity.ts";

/** The fields of a group that determine its windows. */
export interface WindowPolicy {
  readonly group: string;
  /** The dedup period in milliseconds; 0 = off. */
  readonly window: number;
  /** Milliseconds after which the group is notified again of a re-send; never before the window ends. */
  readonly repeat?: number | undefined;
  /** The number of destinations that get every notification. */
  readonly destinations: number;
  readonly flap?: FlapRule | undefined;
  /** Its notifications are put together: no re-send and no further occurrence notifies it, except after a silence. */
  readonly isGrouped?: boolean;
}

/** A group's policy. */
export function windowPolicyOf(group: Group): WindowPolicy {
  const { id, window, repeat, flap, grouping } = group;
  const policy = { group: id, window, repeat, flap, destinations: primaryDestinations(group).length };
  return grouping ? { ...policy, isGrouped: true } : policy;
}

/** The window that begins when a group is notified of an alert. */
export function openedWindow(
  { window, destinations }: WindowPolicy,
  { alert, severity, now }: { alert: string; severity: Severity; now: number },
): Window {
  return {
    until: now + window,
    severity,
    told: alert,
    at: now,
    folded: 0,
    deliveries: destinations,
    dead: [],
  };
}
