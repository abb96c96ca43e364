/**
 * How an incident changes other than by an alert that was received. An update waits for its commit in line with the alerts,
 * and its effect is computed on the incident as it is then, so nothing races with an alert.
 *
 * @module
 */
import {
  acknowledged,
  afterReminder,
  isReminderDue,
  type Note,
  noteOf,
  withNote,
} from "../domain/acknowledge.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import { calm } from "../domain/calm.ts";
import { afterDeadDelivery, type DeadDelivery } from "../domain/dead_delivery.ts";
import { type Destination, type Group, primaryDestinations } from "../domain/group.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { isHeld } from "../domain/late_peer.ts";
import { heldUntil } from "../domain/quiet.ts";
import { derivedId, type Queued, reminderIds } from "../domain/record.ts";
import { windowPolicyOf } from "../domain/window.ts";
import { deliveriesTo, type LaneDelivery, type PreparedAlert } from "./pipeline.ts";

/** Something that changes an incident without being an alert that was received. */
export type IncidentUpdate =
  | DeadDeliveryUpdate
  | NoteUpdate
  | ReminderUpdate
  | CalmUpdate
  | ClearUpdate
  | ConfirmUpdate;

/** A delivery failed for good: the window of its notification may end with it. */
export interface DeadDeliveryUpdate extends DeadDelivery {
  readonly kind: "dead_delivery";
}

/** A person acknowledged an incident, or wrote a note. */
export interface NoteUpdate extends Note {
  readonly kind: "note";
  readonly fingerprint: string;
  /** The incident's id: it may be over by now, and another one open. */
  readonly incident: string;
}

/** A group is to be reminded of an incident, if that is still due. */
export interface ReminderUpdate {
  readonly kind: "reminder";
  readonly fingerprint: string;
  readonly group: Group;
  /** Ids of destinations that still have the last reminder before them. */
  readonly except: ReadonlySet<string>;
  readonly now: number;
}

/** A fingerprint that flapped seems to be calm again, for one group. */
export interface CalmUpdate {
  readonly kind: "calm";
  readonly fingerprint: string;
  /** The group's id. */
  readonly group: string;
  /** The group as it is now, if there still is one. */
  readonly to: Group | undefined;
  readonly now: number;
}

/** An incident ends because its sender has stopped, unless an alert has arrived since. */
export interface ClearUpdate {
  readonly kind: "clear";
  /** The resolved alert that stands for the silence. */
  readonly alert: PreparedAlert;
  /** The incident's newest alert when it was found silent. */
  readonly lastId: string;
}

/** A firing was held as a late peer's, and nothing contradicted it. */
export interface ConfirmUpdate {
  readonly kind: "confirm";
  /** The same alert again, received now. */
  readonly alert: PreparedAlert;
  /** The id of the alert that was held. */
  readonly held: string;
}

/** What an update does. */
export interface UpdateEffect {
  /** The incident as it is afterwards. */
  readonly incident?: Incident | undefined;
  readonly deliveries?: readonly LaneDelivery[] | undefined;
  /** What the audit says of it. */
  readonly note?: AuditNote;
  /** An alert that is decided like one that was received. */
  readonly alert?: PreparedAlert;
}

/** The fingerprint of the incident that an update changes. */
export function fingerprintOf(update: IncidentUpdate): string {
  return "fingerprint" in update ? update.fingerprint : update.alert.fingerprint;
}

/**
 * What an update does to the newest incident of its fingerprint.
 *
 * @returns `undefined` when it changes nothing, because something else happened first
 */
export function effectOf(update: IncidentUpdate, newest: Incident | undefined): UpdateEffect | undefined {
  const open = newest && !isOver(newest) ? newest : undefined;
  switch (update.kind) {
    case "dead_delivery": {
      const incident = afterDeadDelivery(open, update);
      return incident && { incident };
    }
    case "note":
      return noteEffect(update, newest);
    case "reminder":
      return reminderEffect(update, open);
    case "calm":
      return calmEffect(update, newest);
    case "clear":
      return open?.lastId === update.lastId ? { alert: update.alert } : undefined;
    case "confirm":
      return isToBeConfirmed(update, newest) ? { alert: update.alert } : undefined;
  }
}

function noteEffect(note: NoteUpdate, newest: Incident | undefined): UpdateEffect | undefined {
  if (newest?.id !== note.incident) return undefined;
  const incident = isOver(newest) ? withNote(newest, note) : acknowledged(newest, note);
  return incident && { incident, note: noteOf(newest, incident, note) };
}

function isToBeConfirmed({ held, alert }: ConfirmUpdate, newest: Incident | undefined): boolean {
  const { late } = newest ?? {};
  return late?.alert === held && isHeld({ late }) && late.until <= alert.now;
}

function reminderEffect(
  { fingerprint, group, except, now }: ReminderUpdate,
  open: Incident | undefined,
): UpdateEffect | undefined {
  const { remind, remindStop } = group;
  if (!open || !remind || !isReminderDue(open, { group: group.id, remind, now })) return undefined;
  const incident = afterReminder(open, { group: group.id, remindStop, now });
  const { told: alert, folded, reminded } = incident.windows[group.id]!;
  const payload = `${reminderIds(alert)}${reminded!.count}`;
  const destinations = primaryDestinations(group).filter(({ id }) => !except.has(id));
  const about = {
    alert,
    fingerprint,
    reason: "reminder",
    severity: "critical",
    folded,
    payload,
    at: now,
  } as const;
  return {
    incident,
    deliveries: derivedDeliveries(
      destinations,
      group,
      reminded!.final ? { ...about, stoppedAt: incident.lastAt } : about,
    ),
  };
}

function calmEffect(
  { fingerprint, group, to, now }: CalmUpdate,
  newest: Incident | undefined,
): UpdateEffect | undefined {
  const calmed = newest && calm(newest, { group, to: to && windowPolicyOf(to), now });
  if (!calmed) return undefined;
  const { incident, notify: alert } = calmed;
  if (alert === undefined || !to) return { incident };
  return {
    incident,
    deliveries: derivedDeliveries(primaryDestinations(to), to, {
      alert,
      fingerprint,
      reason: "settled",
      severity: incident.severity,
      folded: 0,
      payload: `${alert}-settled`,
      at: now,
    }),
  };
}

/** Deliveries of a notification that no alert of its own brought. */
function derivedDeliveries(
  destinations: readonly Destination[],
  group: Group,
  about: Omit<Queued, "id" | "group" | "destination">,
): LaneDelivery[] {
  const held = heldUntil(group, about.severity, about.at);
  return deliveriesTo(destinations, {
    group,
    about,
    held,
    idOf: ({ id }) => derivedId(about.payload, id),
  });
}
