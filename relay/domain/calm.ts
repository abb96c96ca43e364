import { isCalm } from "./flap.ts";
import { type Incident, isOver } from "./incident.ts";
import { isHeld } from "./late_peer.ts";
import { worst } from "./severity.ts";
import { openedWindow, type WindowPolicy } from "./window_policy.ts";

/**
 * The newest incident of a fingerprint after the end of its flapping, for one group.
 *
 * @param to The group's current policy; without a rule for flapping the group is not notified.
 * @returns `notify`: the alert with the state at the end of the flapping, if the group was notified of flapping.
 * `undefined` while it still flaps.
 */
export function calm(
  incident: Incident,
  { group, to, now }: { group: string; to: WindowPolicy | undefined; now: number },
): { incident: Incident; notify?: string } | undefined {
  const { flaps, ...rest } = incident;
  const flap = flaps?.[group];
  if (!flap || to?.flap && !isCalm(flap, to.flap, now) || isHeld(incident)) return undefined;
  const { [group]: _ended, ...others } = flaps!;
  const after: Incident = Object.keys(others).length > 0 ? { ...rest, flaps: others } : rest;
  if (!flap.told || !to?.flap || to.destinations === 0) return { incident: after };
  // The last change was its first alert if it is open, and its last alert if it is over.
  if (isOver(after)) return { incident: after, notify: after.late?.end?.alert ?? after.lastId };
  const severity = worst([incident.severity, flap.told]);
  const window = openedWindow(to, { alert: after.id, severity, now });
  return { incident: { ...after, windows: { ...after.windows, [group]: window } }, notify: after.id };
}
