import { type Incident, nobodyTold } from "./incident.ts";

/**
 * The incident after a delivery died. When all deliveries of the notification are dead, nobody was notified: the window
 * ends, so that the next firing is notified.
 *
 * @returns `undefined` when nothing changes, for example because the group was notified again since.
 */
export function afterDeath(
  incident: Incident | undefined,
  { group, alert, delivery, now }: { group: string; alert: string; delivery: string; now: number },
): Incident | undefined {
  const window = incident?.windows[group];
  if (!incident || !window || window.told !== alert || window.dead.includes(delivery)) return undefined;
  const dead = [...window.dead, delivery];
  const until = nobodyTold({ ...window, dead }) ? Math.min(window.until, now) : window.until;
  return { ...incident, windows: { ...incident.windows, [group]: { ...window, dead, until } } };
}
