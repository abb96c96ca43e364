/**
 * Changes of an incident other than by a received alert. Updates are queued with the alerts, and the effect of an update is
 * computed when its commit is built, so that none races with an alert.
 *
 * @module
 */
import type { Labels } from "../domain/alert.ts";
import { repeatEffect, type RepeatUpdate } from "./repeat_update.ts";
import { suppressedEffect, type SuppressedUpdate } from "./suppressed_update.ts";
import { calm } from "../domain/calm.ts";
import { afterDeadDelivery, type DeadDelivery } from "../domain/dead_delivery.ts";
import { type Group, primaryDestinations } from "../domain/group.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { isHeld } from "../domain/late_peer.ts";
import { reminderIds } from "../domain/record.ts";
import { afterReminder, isReminderDue } from "../domain/reminder.ts";
import { windowPolicyOf } from "../domain/window_policy.ts";
import { actionEffect, type ActionUpdate } from "./action_update.ts";
import { expireEffect, type ExpireUpdate } from "./expire_update.ts";
import { escalateEffect, type EscalateUpdate } from "./escalate_update.ts";
import type { CommitContext, PreparedAlert } from "./pipeline.ts";
import { renewEffect, type RenewUpdate } from "./renew_update.ts";
import { derivedDeliveries, type UpdateEffect } from "./update_effect.ts";

/** A change of an incident other than by a received alert. */
export type IncidentUpdate =
  | DeadDeliveryUpdate
  | ActionUpdate
  | ExpireUpdate
  | EscalateUpdate
  | ReminderUpdate
  | RepeatUpdate
  | SuppressedUpdate
  | CalmUpdate
  | ClearUpdate
  | ConfirmUpdate
  | LiftUpdate
  | InhibitorUpdate
  | RenewUpdate;

/** A delivery is dead, which may end the window of its notification. */
export interface DeadDeliveryUpdate extends DeadDelivery {
  readonly kind: "dead_delivery";
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

/** An incident ends because its sender has stopped, unless an alert has arrived since, or a renewal. */
export interface ClearUpdate {
  readonly kind: "clear";
  /** The resolved alert that the relay made. */
  readonly alert: PreparedAlert;
  /** The id of the incident's newest alert when the silence was found, and when it was sent last. */
  readonly lastId: string;
  readonly lastAt: number;
}

/** A firing that was held as a late peer's, and that nothing contradicted. */
export interface ConfirmUpdate {
  readonly kind: "confirm";
  /** The same alert again, received now. */
  readonly alert: PreparedAlert;
  /** The id of the alert that was held. */
  readonly held: string;
}

/** An inhibited alert is decided again, if nothing inhibits it now. */
export interface LiftUpdate {
  readonly kind: "lift";
  /** The same alert again. */
  readonly alert: PreparedAlert;
  /** The id of the incident that inhibited it. */
  readonly by: string;
}

/** An open incident may be a source of `inhibit`. */
export interface InhibitorUpdate {
  readonly kind: "inhibitor";
  readonly fingerprint: string;
  /** Its id. */
  readonly incident: string;
  readonly labels: Labels;
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
export function effectOf(
  update: IncidentUpdate,
  newest: Incident | undefined,
  { inhibitorOf }: Pick<CommitContext, "inhibitorOf"> = {},
): UpdateEffect | undefined {
  const open = newest && !isOver(newest) ? newest : undefined;
  switch (update.kind) {
    case "dead_delivery": {
      const incident = afterDeadDelivery(open, update);
      return incident && { incident };
    }
    case "action":
      return actionEffect(update, newest);
    case "expire":
      return expireEffect(update, open);
    case "escalate":
      return escalateEffect(update, open);
    case "reminder":
      return reminderEffect(update, open);
    case "repeat":
      return repeatEffect(update, open);
    case "suppressed":
      return suppressedEffect(update, open, inhibitorOf);
    case "calm":
      return calmEffect(update, newest);
    case "clear":
      return open?.lastId === update.lastId && open.lastAt === update.lastAt
        ? { alert: update.alert }
        : undefined;
    case "confirm":
      return isToBeConfirmed(update, newest) ? { alert: update.alert } : undefined;
    case "lift":
      return liftEffect(update, open, inhibitorOf);
    case "inhibitor":
      return open?.id === update.incident ? { incident: open, firing: update.labels } : undefined;
    case "renew":
      return renewEffect(update, newest);
  }
}

function isToBeConfirmed({ held, alert }: ConfirmUpdate, newest: Incident | undefined): boolean {
  const { late } = newest ?? {};
  return late?.alert === held && isHeld({ late }) && late.until <= alert.now;
}

function liftEffect(
  { alert, by }: LiftUpdate,
  open: Incident | undefined,
  inhibitorOf: CommitContext["inhibitorOf"],
): UpdateEffect | undefined {
  if (!open?.inhibited || open.inhibited.by !== by) return undefined;
  const other = inhibitorOf?.(alert.alert.labels, open.id);
  if (other === undefined) return { alert };
  return other === by ? undefined : { incident: { ...open, inhibited: { ...open.inhibited, by: other } } };
}

function reminderEffect(
  { fingerprint, group, except, now }: ReminderUpdate,
  open: Incident | undefined,
): UpdateEffect | undefined {
  const { remind, remindStop } = group;
  if (!open || !remind || !isReminderDue(open, { group: group.id, remind, now })) return undefined;
  const incident = afterReminder(open, { group: group.id, remindStop, now });
  const { told: alert, folded, reminded } = incident.windows[group.id]!;
  const payload = `${reminderIds(alert)}-${now.toString(36)}`;
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
  const destinations = primaryDestinations(to);
  const about = {
    alert,
    fingerprint,
    reason: "settled",
    severity: incident.severity,
    folded: 0,
    payload: `${alert}-settled`,
    at: now,
  } as const;
  return {
    incident,
    deliveries: derivedDeliveries(destinations, to, about),
  };
}
