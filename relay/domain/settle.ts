import { isSettled } from "./flap.ts";
import { isHeld } from "./late_peer.ts";
import { worst } from "./severity.ts";
import { type Incident, isOver, type Window } from "./incident.ts";
import type { Told } from "./window.ts";

/**
 * The newest incident of a fingerprint once it has settled, for one group.
 *
 * @param to The group as it is now; without a rule for flapping there is nothing to tell.
 * @returns `tell`: the alert that shows the state in which it settled, when the group was told that it flaps.
 * `undefined` when it has not settled.
 */
export function settle(
  incident: Incident,
  { group, to, now }: { group: string; to: Told | undefined; now: number },
): { incident: Incident; tell?: string } | undefined {
  const { flaps, ...rest } = incident;
  const flap = flaps?.[group];
  if (!flap || to?.flap && !isSettled(flap, to.flap, now) || isHeld(incident)) return undefined;
  const { [group]: _settled, ...others } = flaps!;
  const after: Incident = { ...rest, ...Object.keys(others).length > 0 ? { flaps: others } : {} };
  if (!flap.told || !to?.flap || to.destinations === 0) return { incident: after };
  // Its first alert opened it, or its last one resolved it: that was the last change.
  if (isOver(after)) return { incident: after, tell: after.late?.end?.alert ?? after.lastId };
  const window: Window = {
    until: now + to.window,
    severity: worst([incident.severity, flap.told]),
    told: after.id,
    at: now,
    folded: 0,
    deliveries: to.destinations,
    dead: [],
  };
  return { incident: { ...after, windows: { ...after.windows, [group]: window } }, tell: after.id };
}
