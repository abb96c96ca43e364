/**
 * Changes of an incident other than by a received alert. Updates are queued with the alerts, and the effect of an update is
 * computed when its commit is built, so that none races with an alert.
 *
 * @module
 */
import {
  acknowledged,
  afterReminder,
  isAcknowledged,
  isReminderDue,
  type Note,
  noteOf,
  withNote,
} from "../domain/acknowledge.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import { calm } from "../domain/calm.ts";
import { closedByHand, type Closing, closingNote } from "../domain/close.ts";
import { afterDeadDelivery, type DeadDelivery } from "../domain/dead_delivery.ts";
import { type Destination, type Group, primaryDestinations } from "../domain/group.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { isHeld } from "../domain/late_peer.ts";
import { heldUntil } from "../domain/quiet.ts";
import { derivedId, type Queued, reminderIds } from "../domain/record.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import { windowPolicyOf } from "../domain/window.ts";
import { deliveriesTo, type LaneDelivery, type PreparedAlert } from "./pipeline.ts";

/** A change of an incident other than by a received alert. */
export type IncidentUpdate =
  | DeadDeliveryUpdate
  | NoteUpdate
  | CloseUpdate
  | ReminderUpdate
  | CalmUpdate
  | ClearUpdate
  | ConfirmUpdate;

/** A delivery is dead, which may end the window of its notification. */
export interface DeadDeliveryUpdate extends DeadDelivery {
  readonly kind: "dead_delivery";
}

/** A person acknowledged an incident, or wrote a note. */
export interface NoteUpdate extends Note {
  readonly kind: "note";
  readonly fingerprint: string;
  /** The incident's id: the newest incident of the fingerprint may be another one by now. */
  readonly incident: string;
  /** The destinations to notify of an acknowledgement. Default: none. */
  readonly targets?: readonly EventTarget[];
}

/** A person closes an incident. */
export interface CloseUpdate extends Closing {
  readonly kind: "close";
  readonly fingerprint: string;
  /** The incident's id. */
  readonly incident: string;
  readonly targets: readonly EventTarget[];
}

/** The destinations of a group to notify of a person's action. */
export interface EventTarget {
  readonly group: Group;
  readonly destinations: readonly Destination[];
}

/** A group is to be reminded of an incident, if the reminder is still due. */
export interface ReminderUpdate {
  readonly kind: "reminder";
  readonly fingerprint: string;
  readonly group: Group;
  /** Ids of destinations whose last reminder is still queued. */
  readonly except: ReadonlySet<string>;
  readonly now: number;
}

/** Flapping seems to have ended for one group. */
export interface CalmUpdate {
  readonly kind: "calm";
  readonly fingerprint: string;
  /** The group's id. */
  readonly group: string;
  /** The group in the current configuration, if it exists. */
  readonly to: Group | undefined;
  readonly now: number;
}

/** An incident ends because its sender has stopped, unless an alert has arrived since. */
export interface ClearUpdate {
  readonly kind: "clear";
  /** The resolved alert that the relay made. */
  readonly alert: PreparedAlert;
  /** The id of the incident's newest alert when the silence was found. */
  readonly lastId: string;
}

/** A firing that was held as a late peer's, and that nothing contradicted. */
export interface ConfirmUpdate {
  readonly kind: "confirm";
  /** The same alert again, received now. */
  readonly alert: PreparedAlert;
  /** The id of the alert that was held. */
  readonly held: string;
}

/** The effect of an update. */
export interface UpdateEffect {
  /** The changed incident. */
  readonly incident?: Incident | undefined;
  readonly deliveries?: readonly LaneDelivery[] | undefined;
  /** Its entry in the audit log. */
  readonly note?: AuditNote;
  /** What it adds to the timeline of {@linkcode incident}. */
  readonly timeline?: readonly TimelineEntry[];
  /** An alert that is decided like a received one. */
  readonly alert?: PreparedAlert;
}

/** The fingerprint of the incident that an update changes. */
export function fingerprintOf(update: IncidentUpdate): string {
  return "fingerprint" in update ? update.fingerprint : update.alert.fingerprint;
}

/**
 * The effect of an update on the newest incident of its fingerprint.
 *
 * @returns `undefined` when it has none, because the incident has changed since
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
    case "close":
      return closeEffect(update, newest);
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
  if (!incident) return undefined;
  const { targets = [], by = note.account, now } = note;
  const isNew = isAcknowledged(incident) && !isAcknowledged(newest);
  return {
    incident,
    note: noteOf(newest, incident, note),
    deliveries: isNew ? eventDeliveries(newest, targets, { reason: "acknowledged", person: by, now }) : [],
  };
}

function closeEffect(closing: CloseUpdate, newest: Incident | undefined): UpdateEffect | undefined {
  const { targets, by, now } = closing;
  const incident = newest?.id === closing.incident ? closedByHand(newest, closing) : undefined;
  return incident && {
    incident,
    note: closingNote(newest!, incident, closing),
    deliveries: eventDeliveries(newest!, targets, { reason: "closed", person: by, now }),
  };
}

/** The deliveries that report a person's action to groups that were notified of the incident. */
function eventDeliveries(
  { windows, fingerprint, severity }: Incident,
  targets: readonly EventTarget[],
  { now, ...event }: Required<Pick<Queued, "reason" | "person">> & { now: number },
): LaneDelivery[] {
  return targets.flatMap(({ group, destinations }) => {
    const window = windows[group.id];
    if (!window) return [];
    const { told: alert } = window;
    const payload = `${alert}-update-${now.toString(36)}`;
    const about = { alert, fingerprint, severity, folded: 0, payload, at: now, ...event };
    return derivedDeliveries(destinations, group, about);
  });
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

/** Deliveries of a notification that has no alert of its own. */
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
