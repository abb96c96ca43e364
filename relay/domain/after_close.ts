/**
 * An alert after a person has closed its incident. A sender that never stopped sends the same occurrence again: this
 * opens no new incident, and nobody is notified of it until the group's `repeat` has passed since the closing.
 *
 * @module
 */
import { unacknowledged } from "./acknowledge.ts";
import type { Alert } from "./alert.ts";
import { type Incident, isOverdue, notifiedGroups, type Window } from "./incident.ts";
import { isRenewing, isRepeated, isResend } from "./occurrence.ts";
import type { AlertReason, Outcome } from "./outcome.ts";
import { isWorse } from "./severity.ts";
import { openedWindow, type WindowPolicy } from "./window_policy.ts";

/** The fields of an alert that decide. */
type LaterAlert = Pick<
  Alert,
  "dialect" | "status" | "severity" | "title" | "startsAt" | "startAssumed"
>;

/** The arrival of the alert. */
interface LaterOptions {
  readonly id: string;
  readonly now: number;
  /** The id of the silence that covers it. */
  readonly silence?: string | undefined;
  /** The id of the incident that inhibits it. */
  readonly inhibitor?: string | undefined;
}

/** Whether a person closed an incident whose sender has not resolved it, and may still send it again. */
export function mayBeResent({ closedBy, resolvedAt, dialect }: Incident): boolean {
  return closedBy !== undefined && resolvedAt === undefined && isRepeated(dialect);
}

/** Whether an alert belongs to the occurrence that a person closed. */
export function isOfClosed(over: Incident, alert: LaterAlert, now: number): boolean {
  // Where labels and an end identify an occurrence, the alert itself says whether it began before that end.
  if (!mayBeResent(over) || isOverdue(over, now) && !isRenewing(over.dialect)) return false;
  return alert.status === "resolved" || isResend(over, alert);
}

/** The effect of such an alert. If a group is notified, the incident is open again. */
export function afterClose(
  over: Incident,
  alert: LaterAlert,
  groups: readonly WindowPolicy[],
  { id, now, silence, inhibitor }: LaterOptions,
): { incident: Incident; outcomes: readonly Outcome[] } {
  const counted: Incident = { ...over, lastAt: now, lastId: id, count: over.count + 1 };
  const told = new Set(notifiedGroups(over));
  const isResolved = alert.status === "resolved";
  const rose = isWorse(alert.severity, over.severity);
  const windows: Record<string, Window> = {};
  const outcomes = groups.map((policy): Outcome => {
    const { group, window, repeat = 0, destinations } = policy;
    if (silence !== undefined) return { kind: "suppressed", by: "silence", silence };
    if (destinations === 0) return { kind: "suppressed", by: "no_destination" };
    const isDue = rose || over.closedAt! + Math.max(window, repeat) <= now;
    if (isResolved || !isDue) return { kind: "suppressed", by: "closed" };
    if (inhibitor !== undefined) return { kind: "suppressed", by: "inhibited", incident: inhibitor };
    windows[group] = openedWindow(policy, { alert: id, severity: alert.severity, now });
    const reason: AlertReason = told.has(group) ? "reopened" : "first";
    return { kind: "told", reason, folded: 0 };
  });
  if (isResolved) return { incident: { ...counted, resolvedAt: now }, outcomes };
  if (Object.keys(windows).length === 0) return { incident: counted, outcomes };
  const { closedBy: _by, told: _told, late: _late, escalations: _escalations, ...rest } = counted;
  const incident = {
    ...unacknowledged(rest, now),
    title: alert.title,
    severity: alert.severity,
    windows: { ...Object.fromEntries([...told].map((id) => [id, endedWindow(over)])), ...windows },
    closedAt: null,
  };
  return { incident, outcomes };
}

/** The window of a group that is not notified yet: it counts from the closing. */
function endedWindow({ id, severity, closedAt }: Incident): Window {
  const at = closedAt!;
  return { until: at, severity, told: id, at, folded: 0, deliveries: 0, dead: [] };
}
