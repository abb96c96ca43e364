import { afterDeadStep } from "./escalation_step.ts";
import { type Incident, nobodyNotified } from "./incident.ts";
import { isEscalationDelivery } from "./record.ts";

/** A delivery that is dead. */
export interface DeadDelivery {
  readonly fingerprint: string;
  readonly group: string;
  /** The alert's id. */
  readonly alert: string;
  /** The delivery's id. */
  readonly delivery: string;
  readonly now: number;
}

/**
 * The incident after a delivery died. If all deliveries of the notification are dead, nobody was notified, so the
 * window ends and the group is notified of the next firing. If all deliveries of an escalation's step are dead, the
 * next step is due at once.
 *
 * @returns `undefined` without a change, for example because the group was notified again since.
 */
export function afterDeadDelivery(
  incident: Incident | undefined,
  { group, alert, delivery, now }: Omit<DeadDelivery, "fingerprint">,
): Incident | undefined {
  if (incident && isEscalationDelivery(delivery)) return afterDeadStepOf(incident, delivery);
  const window = incident?.windows[group];
  if (!incident || !window || window.told !== alert || window.dead.includes(delivery)) return undefined;
  const dead = [...window.dead, delivery];
  const until = nobodyNotified({ ...window, dead }) ? Math.min(window.until, now) : window.until;
  return { ...incident, windows: { ...incident.windows, [group]: { ...window, dead, until } } };
}

function afterDeadStepOf(incident: Incident, delivery: string): Incident | undefined {
  for (const [group, escalation] of Object.entries(incident.escalations ?? {})) {
    const after = afterDeadStep(escalation, delivery);
    if (after) return { ...incident, escalations: { ...incident.escalations, [group]: after } };
  }
  return undefined;
}
