import { unacknowledged } from "./acknowledge.ts";
import { closed, type Incident, notifiedGroups } from "./incident.ts";
import { openedWindow, type WindowPolicy } from "./window_policy.ts";

/** The incident after a person declared that it is over. Its sender may still send it again: see after_close.ts. */
export function closedByHand(incident: Incident, { by, now }: { by: string; now: number }): Incident {
  return { ...closed(incident, now), known: true, closedBy: by };
}

/**
 * The closed or stale incident after it is reopened. Its notified groups get a message.
 *
 * @param options `policies`: those of groups; groups that were not notified of the incident are left out
 */
export function reopened(
  incident: Incident,
  { policies, now }: { policies: readonly WindowPolicy[]; now: number },
): Incident {
  const { closedBy: _by, resolvedAt: _at, told: _told, late: _late, stale: _stale, ...rest } = incident;
  const { id: alert, severity } = incident;
  const notified = new Set(notifiedGroups(incident));
  const windows = policies.filter(({ group }) => notified.has(group))
    .map((policy) => [policy.group, openedWindow(policy, { alert, severity, now })] as const);
  return {
    ...unacknowledged(rest, now),
    closedAt: null,
    reopenedAt: now,
    windows: Object.fromEntries(windows),
  };
}
