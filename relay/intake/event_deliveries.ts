import type { Destination, Group } from "../domain/group.ts";
import type { Incident, Window } from "../domain/incident.ts";
import type { Queued } from "../domain/record.ts";
import type { LaneDelivery } from "./pipeline.ts";
import { derivedDeliveries } from "./update_effect.ts";

/** The destinations of a group to notify of an event. */
export interface EventTarget {
  readonly group: Group;
  readonly destinations: readonly Destination[];
}

/** An event of an incident. */
export interface IncidentEvent extends Pick<Queued, "reason" | "person" | "remark" | "handling"> {
  readonly incident: Incident;
  /** The windows of the groups that were notified of it. */
  readonly windows: Readonly<Record<string, Window>>;
  readonly now: number;
}

/** The deliveries that report an event to groups that were notified of its incident. */
export function eventDeliveries(
  targets: readonly EventTarget[],
  { incident: { fingerprint, severity }, windows, now, reason, ...event }: IncidentEvent,
): LaneDelivery[] {
  return targets.flatMap(({ group, destinations }) => {
    const window = windows[group.id];
    if (!window) return [];
    const { told: alert } = window;
    // A lane sends in the order of ids: a later event must sort after an earlier one.
    const payload = `${alert}-update-${now.toString(36)}-${reason}`;
    const about = { alert, fingerprint, reason, severity, ...event, folded: 0, payload, at: now };
    return derivedDeliveries(destinations, group, about);
  });
}
