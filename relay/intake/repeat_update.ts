import { type Group, primaryDestinations } from "../domain/group.ts";
import { repeatAt, withMessage } from "../domain/grouping.ts";
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
  /** The flush. */
  readonly at: number;
  readonly now: number;
}

/** The effect on an open incident; `undefined` when it is in that message already, or need not be. */
export function repeatEffect(
  { fingerprint, group, messageGroup: key, at: due, now }: RepeatUpdate,
  open: Incident | undefined,
): UpdateEffect | undefined {
  const { id, grouping } = group;
  if (!open || !grouping || repeatAt(open, group) === Infinity) return undefined;
  if ((open.messages?.[id]?.due ?? -Infinity) >= due) return undefined;
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
