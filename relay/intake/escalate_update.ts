/**
 * The effect of an escalation's step. It is computed when its commit is built, so that no two instances take the same one.
 *
 * @module
 */
import { afterStep, type NextStep, nextStep, severityFor } from "../domain/escalation_step.ts";
import { type Destination, type Group, primaryDestinations } from "../domain/group.ts";
import type { Incident } from "../domain/incident.ts";
import { onCall } from "../domain/oncall.ts";
import { derivedId, escalationIds } from "../domain/record.ts";
import type { EscalatedFact } from "../domain/timeline.ts";
import { openedWindow, windowPolicyOf } from "../domain/window_policy.ts";
import { eventDeliveries, type EventTarget } from "./event_deliveries.ts";
import { deliveriesTo } from "./pipeline.ts";
import type { UpdateEffect } from "./update_effect.ts";

/** The next step of a group's escalation is to be taken, if it is still due. */
export interface EscalateUpdate {
  readonly kind: "escalate";
  readonly fingerprint: string;
  /** The group of the escalation. */
  readonly group: Group;
  /** Finds the group that a step notifies. */
  readonly groupOf: (id: string) => Group | undefined;
  /** The earlier destinations, which are notified that others are notified now. */
  readonly targets: readonly EventTarget[];
  readonly now: number;
}

/** The effect on an open incident; `undefined` when no step is due. */
export function escalateEffect(
  { group, groupOf, targets, now }: EscalateUpdate,
  open: Incident | undefined,
): UpdateEffect | undefined {
  const next = open && nextStep(open, group, { now, groupOf });
  const window = open?.windows[group.id];
  if (!open || !next || !window || next.due > now) return undefined;
  const notified = notifiedBy(next, { group, groupOf, now });
  const { told: alert } = window;
  const severity = severityFor(open, group.id);
  const ids = escalationIds(alert, group.id, now);
  const about = { alert, fingerprint: open.fingerprint, reason: "escalation", severity } as const;
  const deliveries = deliveriesTo(notified.destinations, {
    group: notified.group,
    about: { ...about, folded: window.folded, payload: ids, at: now },
    hold: undefined, // it is not taken in quiet hours
    idOf: ({ id }) => derivedId(ids, id),
  });
  const isOwn = notified.group.id === group.id;
  const destinations = notified.destinations.map(({ id }) => id);
  const escalation = afterStep(open.escalations![group.id]!, next, {
    now,
    sent: { ids, count: destinations.length, dead: [] },
    told: isOwn ? destinations : [],
  });
  const opened = openedWindow(windowPolicyOf(notified.group), { alert, severity, now });
  const incident: Incident = {
    ...open,
    escalations: { ...open.escalations, [group.id]: escalation },
    windows: isOwn || destinations.length === 0
      ? open.windows
      : { ...open.windows, [notified.group.id]: opened },
  };
  const fact: EscalatedFact = {
    kind: "escalated",
    group: group.id,
    alert,
    deliveries: ids,
    destinations,
    step: next.index + 1,
    time: next.time,
    to: isOwn ? { members: notified.members } : { group: notified.group.id },
    ...next.early && { early: next.early },
  };
  const others = targets.map(({ group, destinations: earlier }) => ({
    group,
    destinations: earlier.filter(({ id }) => !destinations.includes(id)),
  }));
  const event = {
    incident: open,
    windows: open.windows,
    now,
    reason: "escalated",
    person: notified.name,
  } as const;
  return {
    incident,
    deliveries: [...deliveries, ...destinations.length > 0 ? eventDeliveries(others, event) : []],
    timeline: [{ ...fact, at: now, alerts: open.count }],
  };
}

/** The recipients of a step. */
interface NotifiedByStep {
  readonly group: Group;
  readonly destinations: readonly Destination[];
  /** The ids of the members. */
  readonly members: readonly string[];
  /** Their names, or the group's id. */
  readonly name: string;
}

function notifiedBy(
  { step: { to } }: NextStep,
  { group, groupOf, now }: Pick<EscalateUpdate, "group" | "groupOf" | "now">,
): NotifiedByStep {
  if ("group" in to) {
    const other = groupOf(to.group) ?? { ...group, id: to.group, destinations: [] };
    return { group: other, destinations: primaryDestinations(other), members: [], name: to.group };
  }
  const destinations = group.destinations.filter(({ id }) => to.destinations.includes(id));
  const members = new Map(
    destinations.flatMap(({ members }) => members ?? onCall(group, now)).map((member) => [member.id, member]),
  );
  const names = [...members.values()].map(({ id, name }) => name ?? id);
  const separator = group.locale === "zh" ? "、" : ", ";
  return {
    group,
    destinations,
    members: [...members.keys()],
    name: names.length > 0 ? names.join(separator) : destinations.map(({ name }) => name).join(separator),
  };
}
