import { acknowledged, isAcknowledged, unacknowledged, whoHas } from "./acknowledge.ts";
import type { Action, ActionRefusal, ActOptions } from "./action.ts";
import type { AuditNote } from "./audit_note.ts";
import { closedByHand, reopened } from "./close.ts";
import { type Incident, isOver } from "./incident.ts";
import type { ChannelEvent } from "./outcome.ts";
import type { PersonAct, TimelineEntry } from "./timeline.ts";
import { isTimelineFull } from "./timeline_state.ts";
import type { WindowPolicy } from "./window_policy.ts";

/** The effect of an action. */
export interface Acted {
  /** The incident after the action. */
  readonly incident: Incident;
  /** The new timeline entry of the action. */
  readonly fact: PersonAct;
  /** The event that the incident's notified groups get. */
  readonly event?: ChannelEvent | "reopened";
}

/** The inputs of an action, in addition to the incident. */
export interface ActContext extends ActOptions {
  /** With `reopen`: the policies of the groups that were notified of the incident. */
  readonly policies?: readonly WindowPolicy[];
}

/** The effect of a person's action on an incident, or why it has none. */
export function act(
  incident: Incident,
  action: Action,
  context: ActContext,
): Acted | { readonly refused: ActionRefusal } {
  const refused = refusalOf(incident, action, context);
  return refused === undefined ? effectOf(incident, action, context) : { refused };
}

function refusalOf(
  incident: Incident,
  action: Action,
  { seen, now, by }: ActOptions,
): ActionRefusal | undefined {
  const { kind } = action;
  if (kind === "reopen") {
    if (incident.closedAt === null) return "open";
  } else if (kind !== "note" && isOver(incident)) return "over";
  if (seen) {
    const { known = incident.known, memo = incident.memo ?? "", holder = incident.holder ?? "" } = seen;
    const isAsSeen = incident.known === known && (incident.memo ?? "") === memo &&
      (incident.holder ?? "") === holder;
    if (!isAsSeen) return "changed";
  }
  if ("until" in action && action.until !== undefined && action.until <= now) return "past";
  if (kind === "note" && isTimelineFull(incident)) return "full";
  return isAlreadySo(incident, action, by) ? "unchanged" : undefined;
}

/** Whether the incident is already in the state after the action, and no text is added. */
function isAlreadySo(incident: Incident, action: Action, by: string): boolean {
  const { memo = "", knownBy, knownUntil, holder, snoozed } = incident;
  if ("text" in action && action.text !== undefined && action.text !== memo) return false;
  const isMine = isAcknowledged(incident) && knownBy === by;
  switch (action.kind) {
    case "acknowledge":
      return isMine && !snoozed && knownUntil === action.until;
    case "unacknowledge":
      return !isAcknowledged(incident);
    case "take":
      return isMine && holder === by && knownUntil === action.until;
    case "assign":
      return isAcknowledged(incident) && holder === action.to && knownUntil === undefined;
    case "snooze":
      return isMine && snoozed === true && knownUntil === action.until;
    case "note":
      return true;
    case "close":
    case "reopen":
      return false;
  }
}

function effectOf(incident: Incident, action: Action, { by, now, policies = [] }: ActContext): Acted {
  const text = "text" in action ? action.text : undefined;
  const said = text === undefined ? {} : { text };
  const noted = text === undefined ? incident : { ...incident, memo: text };
  const before = whoHas(incident);
  const from = before === undefined ? {} : { from: before };
  const changed = (after: Incident): Pick<Acted, "incident" | "event"> =>
    isAcknowledged(incident) && !incident.snoozed && whoHas(after) === before &&
      after.knownUntil === incident.knownUntil
      ? { incident: after }
      : { incident: after, event: "acknowledged" };
  switch (action.kind) {
    case "acknowledge": {
      const { until } = action;
      const { holder } = incident;
      const fact = { kind: "acknowledged", ...until === undefined ? {} : { until }, ...said } as const;
      return { ...changed(acknowledged(noted, { by, now, until, holder })), fact };
    }
    case "unacknowledge":
      return {
        incident: unacknowledged(incident, now),
        fact: { kind: "unacknowledged" },
        event: "unacknowledged",
      };
    case "take": {
      const { until } = action;
      const fact = { kind: "taken", ...before === by ? {} : from, ...said } as const;
      return { ...changed(acknowledged(noted, { by, now, until, holder: by })), fact };
    }
    case "assign": {
      const { to } = action;
      const fact = { kind: "assigned", to, ...from, ...said } as const;
      return { ...changed(acknowledged(noted, { by, now, holder: to })), fact };
    }
    case "note":
      return { incident: noted, fact: { kind: "noted", text: action.text } };
    case "snooze": {
      const { until } = action;
      const fact = { kind: "snoozed", until, ...said } as const;
      return { ...changed(acknowledged(noted, { by, now, until, snoozed: true })), fact };
    }
    case "close":
      return {
        incident: closedByHand(noted, { by, now }),
        fact: { kind: "closed", ...said },
        event: "closed",
      };
    case "reopen":
      return {
        incident: reopened(noted, { policies, now }),
        fact: { kind: "reopened", ...said },
        event: "reopened",
      };
  }
}

/** The entry of the timeline. */
export function timelineEntryOf(
  { incident, fact }: Acted,
  { by, account, via, now }: ActOptions,
): TimelineEntry {
  return { by, account, ...via === undefined ? {} : { via }, ...fact, at: now, alerts: incident.count };
}

/** The entry of the audit log. */
export function auditNoteOf(
  before: Incident,
  { incident: after, fact }: Acted,
  { account, by }: Pick<ActOptions, "account" | "by">,
): AuditNote {
  return {
    by: account,
    action: fact.kind,
    what: `incidents/${after.id}`,
    before: auditedFieldsOf(before),
    after: { ...auditedFieldsOf(after), ...by === account ? {} : { person: by } },
  };
}

function auditedFieldsOf({ known, knownBy, knownUntil, snoozed, holder, closedAt, memo }: Incident): object {
  const state = closedAt === null ? { known, by: knownBy, until: knownUntil, snoozed, holder } : { closedAt };
  return { ...state, memo };
}
