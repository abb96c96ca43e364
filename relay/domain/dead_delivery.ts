import { type Incident, nobodyNotified } from "./incident.ts";

/** A delivery that failed for good. */
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
 * The incident after a delivery died. When all deliveries of the notification are dead, nobody was notified: the window
 * ends, so that the next firing is notified.
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
