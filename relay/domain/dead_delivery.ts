import { type Incident, nobodyNotified } from "./incident.ts";

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
 * The incident after a delivery died. If all deliveries of the notification are dead, nobody was notified, so the window ends
 * and the group is notified of the next firing.
 *
 * @returns `undefined` when nothing changes, for example because the group was notified again since.
 */
export function afterDeadDelivery(
  incident: Incident | undefined,
  { group, alert, delivery, now }: Omit<DeadDelivery, "fingerprint">,
): Incident | undefined {
  const window = incident?.windows[group];
  if (!incident || !window || window.told !== alert || window.dead.includes(delivery)) return undefined;
  const dead = [...window.dead, delivery];
  const until = nobodyNotified({ ...window, dead }) ? Math.min(window.until, now) : window.until;
  return { ...incident, windows: { ...incident.windows, [group]: { ...window, dead, until } } };
}
