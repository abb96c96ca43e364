import type { AuditNote } from "../domain/audit_note.ts";
import type { Labels } from "../domain/alert.ts";
import type { Destination, Group } from "../domain/group.ts";
import type { GroupedMessage, Incident } from "../domain/incident.ts";
import { holdOf, waitOf } from "../domain/hold.ts";
import { derivedId, type Queued } from "../domain/record.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { deliveriesTo, type LaneDelivery, type PreparedAlert } from "./pipeline.ts";

/** The effect of an update of an incident. */
export interface UpdateEffect {
  /** The changed incident. */
  readonly incident?: Incident | undefined;
  /** The record of {@linkcode incident}, if it was closed and superseded: the index of the latest lacks it. */
  readonly stored?: Incident;
  readonly deliveries?: readonly LaneDelivery[] | undefined;
  /** Its entry in the audit log. */
  readonly note?: AuditNote;
  /** Its entries in the timeline of {@linkcode incident}. */
  readonly timeline?: readonly TimelineEntry[];
  /** The labels with which {@linkcode incident} fires. */
  readonly firing?: Labels;
  /** An alert that is decided like a received one. */
  readonly alert?: PreparedAlert;
}

/**
 * The timeline's entries for an update: its facts, then its notifications. The fact of an escalation's step refers to its
 * deliveries itself.
 */
export function timelineOf({ incident, timeline = [], deliveries = [] }: UpdateEffect): TimelineEntry[] {
  const notified = deliveries.map(({ entry }) => entry).filter(({ reason }) => reason !== "escalation");
  const payloads = Map.groupBy(notified, ({ group, payload }) => `${payload} ${group}`);
  return [
    ...timeline,
    ...[...payloads.values()].map((entries): TimelineEntry => {
      const { reason, group, alert, payload, at } = entries[0]!;
      return {
        kind: "notified",
        reason,
        group,
        alert,
        deliveries: payload,
        destinations: entries.map(({ destination }) => destination),
        at,
        ...incident && { alerts: incident.count },
      };
    }),
  ];
}

/** Deliveries of a notification that has no alert of its own. `message`: in a message of its message group. */
export function derivedDeliveries(
  destinations: readonly Destination[],
  group: Group,
  about: Omit<Queued, "id" | "group" | "destination">,
  message?: GroupedMessage,
): LaneDelivery[] {
  const wait = waitOf(group, { severity: about.severity, flush: message?.due, now: about.at });
  return deliveriesTo(destinations, {
    group,
    about,
    hold: holdOf(wait, message),
    idOf: ({ id }) => derivedId(about.payload, id),
  });
}
