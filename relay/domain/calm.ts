import { isCalm } from "./flap.ts";
import { type Incident, isOver } from "./incident.ts";
import { isHeld } from "./late_peer.ts";
import { worst } from "./severity.ts";
import { openedWindow, type WindowPolicy } from "./window.ts";

/**
 * The newest incident of a fingerprint once its flapping has ended, for one group.
 *
 * @param to The group as it is now; without a rule for flapping there is nothing to notify it of.
 * @returns `notify`: the alert that shows the state in which the flapping ended, when the group was notified of flapping.
 * `undefined` while it is not calm.
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
  // Its first alert opened it, or its last one resolved it: that was the last change.
  if (isOver(after)) return { incident: after, notify: after.late?.end?.alert ?? after.lastId };
  const severity = worst([incident.severity, flap.told]);
  const window = openedWindow(to, { alert: after.id, severity, now });
  return { incident: { ...after, windows: { ...after.windows, [group]: window } }, notify: after.id };
}
