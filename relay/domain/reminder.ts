import { type Incident, lastSign } from "./incident.ts";
import { worst } from "./severity.ts";

/**
 * A little more than kube-prometheus's `repeat_interval`: a sender that is silent for less may only be waiting, even if it sent
 * the alert again at short intervals while its group changed. https://github.com/prometheus-operator/kube-prometheus
 */
const MIN_STOP = 13 * 60 * 60_000;

/** A group's reminder settings, in milliseconds. */
export interface Reminding {
  readonly remind: number;
  /** Reminders stop when the sender has not sent the alert again for this long; by default the relay decides. */
  readonly remindStop?: number | undefined;
}

/**
 * Whether a sender that re-sent the alert has stopped: the alert may be silenced or inhibited there. A sender that never
 * re-sends, because it posts each occurrence once, has not stopped.
 */
export function hasStopped(
  incident: Pick<Incident, "resends" | "lastAt" | "reopenedAt" | "closedAt">,
  { remindStop, now }: { remindStop?: number | undefined; now: number },
): boolean {
  const { resends, closedAt } = incident;
  if (resends === undefined || closedAt !== null) return false;
  return lastSign(incident) + (remindStop ?? Math.max(MIN_STOP, 2 * resends)) <= now;
}

/** Whether a group's reminders have stopped, because the sender has. */
export function haveRemindersStopped({ windows, known, closedAt, lastAt }: Incident, group: string): boolean {
  const reminded = windows[group]?.reminded;
  return closedAt === null && !known && reminded?.final === true && reminded.at >= lastAt;
}

/**
 * Whether a group's reminder is due: the incident is critical, nobody acknowledged it, and it does not flap. After its
 * sender has stopped, there is one last reminder.
 */
export function isReminderDue(
  incident: Incident,
  { group, remind, now }: Pick<Reminding, "remind"> & { group: string; now: number },
): boolean {
  const window = incident.windows[group];
  if (!window || incident.known || incident.closedAt !== null || incident.flaps?.[group]?.told) return false;
  if (worst([incident.severity, window.severity]) !== "critical" || haveRemindersStopped(incident, group)) {
    return false;
  }
  return Math.max(window.at, window.reminded?.at ?? 0) + remind <= now;
}

/** The incident after a group was reminded of it. */
export function afterReminder(
  incident: Incident,
  { group, remindStop, now }: Pick<Reminding, "remindStop"> & { group: string; now: number },
): Incident {
  const window = incident.windows[group]!;
  const reminder = { at: now, count: (window.reminded?.count ?? 0) + 1 };
  const reminded = hasStopped(incident, { remindStop, now })
    ? { ...reminder, final: true as const }
    : reminder;
  return { ...incident, windows: { ...incident.windows, [group]: { ...window, reminded } } };
}
