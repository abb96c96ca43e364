import { type Group, primaryDestinations } from "../domain/group.ts";
import { REPEAT_LEAD, repeatAt, withMessage } from "../domain/grouping.ts";
import type { Incident } from "../domain/incident.ts";
import { openedWindow, windowPolicyOf } from "../domain/window_policy.ts";
import { derivedDeliveries, type UpdateEffect } from "./update_effect.ts";

/** A group is to be notified again of an open incident, in the next message of its message group. */
export interface RepeatUpdate {
  readonly kind: "repeat";
  readonly fingerprint: string;
  readonly group: Group;
  /** The key of the message group. */
  readonly messageGroup: string;
  readonly now: number;
}

/** The effect on an open incident; `undefined` when the group need not be notified again yet. */
export function repeatEffect(
  { fingerprint, group, messageGroup: key, now }: RepeatUpdate,
  open: Incident | undefined,
): UpdateEffect | undefined {
  const { id, grouping } = group;
  if (!open || !grouping) return undefined;
  const at = repeatAt(open, group);
  if (at - REPEAT_LEAD > now) return undefined;
  const missed = Math.max(0, Math.floor((now - at) / grouping.interval));
  const due = at + missed * grouping.interval; // sent at once if it is over
  const { told: alert, folded, severity } = open.windows[id]!;
  const window = openedWindow(windowPolicyOf(group), { alert, severity, now });
  const incident = withMessage(
    { ...open, windows: { ...open.windows, [id]: window } },
    { id, grouping },
    { key, due },
  );
  const about = {
    alert,
    fingerprint,
    reason: "repeat",
    still: true,
    severity: open.severity,
    folded,
    payload: `${alert}-repeat-${due.toString(36)}`,
    at: now,
  } as const;
  return { incident, deliveries: derivedDeliveries(primaryDestinations(group), group, about, { key, due }) };
}
