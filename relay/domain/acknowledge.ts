import { defined } from "../base/defined.ts";
import { worst } from "./severity.ts";
import type { AuditNote } from "./audit_note.ts";
import type { Incident } from "./incident.ts";

/** A person's change of an incident: an acknowledgement, a note, or both. */
export interface Note {
  /** Whether it is acknowledged; `undefined` = only the note changes. */
  readonly known?: boolean | undefined;
  /** Who takes care of it. */
  readonly by?: string | undefined;
  readonly memo?: string | undefined;
  readonly now: number;
  /** The account that makes the change, for the audit log. */
  readonly account: string;
  /** The state that the person saw: if it has changed since, nothing changes. */
  readonly seen?: { readonly known?: boolean | undefined; readonly memo?: string | undefined } | undefined;
}

/**
 * The incident after a person's change. Fields that were not given stay; withdrawing an acknowledgement leaves the note.
 *
 * @returns `undefined` when nothing changes
 */
export function acknowledged(incident: Incident, note: Note): Incident | undefined {
  const { known, by, memo, now } = note;
  if (isOutdated(incident, note)) return undefined;
  if (known === undefined) return withNote(incident, note);
  if (!known && !incident.known && (memo ?? incident.memo) === incident.memo) return undefined;
  const { knownBy: _by, knownAt: _at, ...rest } = incident;
  return {
    ...rest,
    known,
    ...defined({ knownAt: known ? now : undefined, knownBy: known ? by : undefined }),
    ...defined({ memo }),
  };
}

/** Whether a person acknowledged an incident. A closed one is stored as `known` in any case. */
export function isAcknowledged({ known, knownAt }: Pick<Incident, "known" | "knownAt">): boolean {
  return known && knownAt !== undefined;
}

/** An incident with another note; `undefined` when nothing changes. */
export function withNote(incident: Incident, note: Note): Incident | undefined {
  const { memo } = note;
  if (memo === undefined || memo === incident.memo || isOutdated(incident, note)) return undefined;
  return { ...incident, memo };
}

function isOutdated(incident: Incident, { seen }: Note): boolean {
  if (seen === undefined) return false;
  const { known = incident.known, memo = incident.memo ?? "" } = seen;
  return incident.known !== known || (incident.memo ?? "") !== memo;
}

/** The audit entry of a person's change. */
export function noteOf(before: Incident, after: Incident, { account }: Note): AuditNote {
  const facts = ({ known, knownBy, memo }: Incident): object => ({ known, by: knownBy, memo });
  const isMemo = before.closedAt !== null ||
    (before.known === after.known && before.knownAt === after.knownAt);
  const action = isMemo ? "changed" : after.known ? "acknowledged" : "unacknowledged";
  return {
    by: account,
    action,
    what: `incidents/${after.id}`,
    before: facts(before),
    after: facts(after),
  };
}

/**
 * A little more than kube-prometheus's `repeat_interval`: a sender that is silent for less may only be waiting, even if it sent
 * the alert again at short intervals while its group changed. https://github.com/prometheus-operator/kube-prometheus
 */
const MIN_STOP = 13 * 60 * 60_000;

/** A group's reminder settings, in milliseconds. */
export interface Reminding {
  readonly remind: number;
  /** Reminders stop when the sender has not sent the alert again for this long; by default the relay decides. */
  readonly remindStop?: number | undefined;
}

/**
 * Whether a sender that re-sent the alert has stopped: the alert may be silenced or inhibited there. A sender that never
 * re-sends, because it posts each occurrence once, has not stopped.
 */
export function hasStopped(
  { resends, lastAt, closedAt }: Pick<Incident, "resends" | "lastAt" | "closedAt">,
  { remindStop, now }: { remindStop?: number | undefined; now: number },
): boolean {
  if (resends === undefined || closedAt !== null) return false;
  return lastAt + (remindStop ?? Math.max(MIN_STOP, 2 * resends)) <= now;
}

/** Whether a group's reminders have stopped, because the sender has. */
export function haveRemindersStopped({ windows, known, closedAt, lastAt }: Incident, group: string): boolean {
  const reminded = windows[group]?.reminded;
  return closedAt === null && !known && reminded?.final === true && reminded.at >= lastAt;
}

/**
 * Whether a group's reminder is due: the incident is critical, nobody acknowledged it, and it does not flap. After its
 * sender has stopped, there is one last reminder.
 */
export function isReminderDue(
  incident: Incident,
  { group, remind, now }: Pick<Reminding, "remind"> & { group: string; now: number },
): boolean {
  const window = incident.windows[group];
  if (!window || incident.known || incident.closedAt !== null || incident.flaps?.[group]?.told) return false;
  if (worst([incident.severity, window.severity]) !== "critical" || haveRemindersStopped(incident, group)) {
    return false;
  }
  return Math.max(window.at, window.reminded?.at ?? 0) + remind <= now;
}

/** The incident after a group was reminded of it. */
export function afterReminder(
  incident: Incident,
  { group, remindStop, now }: Pick<Reminding, "remindStop"> & { group: string; now: number },
): Incident {
  const window = incident.windows[group]!;
  const reminder = { at: now, count: (window.reminded?.count ?? 0) + 1 };
  const reminded = hasStopped(incident, { remindStop, now })
    ? { ...reminder, final: true as const }
    : reminder;
  return { ...incident, windows: { ...incident.windows, [group]: { ...window, reminded } } };
}
