import { worst } from "./severity.ts";
import type { Note as AuditNote } from "./store/audit.ts";
import type { Incident } from "./incident.ts";

/** What a person says of an incident. */
export interface Note {
  /** Whether somebody takes care of it; `undefined`: it is only about the memo. */
  readonly known?: boolean | undefined;
  /** Who takes care of it. */
  readonly by?: string | undefined;
  readonly memo?: string | undefined;
  readonly now: number;
  /** Who says so, for the audit. */
  readonly account: string;
  /** What they saw: when somebody else was faster, nothing changes. */
  readonly seen?: { readonly known?: boolean | undefined; readonly memo?: string | undefined } | undefined;
}

/**
 * The incident as a person left it. What was not said stays; who takes back that it is known leaves its memo.
 *
 * @returns `undefined` when nothing changes
 */
export function acknowledged(incident: Incident, note: Note): Incident | undefined {
  const { known, by, memo, now } = note;
  if (isOutdated(incident, note)) return undefined;
  if (known === undefined) return remembered(incident, note);
  if (!known && !incident.known && (memo ?? incident.memo) === incident.memo) return undefined;
  const { knownBy: _by, knownAt: _at, ...rest } = incident;
  return {
    ...rest,
    known,
    ...known ? { knownAt: now } : {},
    ...known && by !== undefined ? { knownBy: by } : {},
    ...memo === undefined ? {} : { memo },
  };
}

/** Whether a person acknowledged an incident. A closed one is `known` in any case. */
export function isAcknowledged({ known, knownAt }: Pick<Incident, "known" | "knownAt">): boolean {
  return known && knownAt !== undefined;
}

/** An incident with another memo; `undefined` when nothing changes. */
export function remembered(incident: Incident, note: Note): Incident | undefined {
  const { memo } = note;
  if (memo === undefined || memo === incident.memo || isOutdated(incident, note)) return undefined;
  return { ...incident, memo };
}

function isOutdated(incident: Incident, { seen }: Note): boolean {
  if (seen === undefined) return false;
  const { known = incident.known, memo = incident.memo ?? "" } = seen;
  return incident.known !== known || (incident.memo ?? "") !== memo;
}

/** What the audit says of it. */
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

/** Whether a group is to be told again: the incident is critical, nobody took care of it, and it does not flap. */
export function isReminderDue(
  incident: Incident,
  { group, remind, now }: { group: string; remind: number; now: number },
): boolean {
  const window = incident.windows[group];
  if (!window || incident.known || incident.closedAt !== null || incident.flaps?.[group]?.told) return false;
  if (worst([incident.severity, window.severity]) !== "critical") return false;
  return Math.max(window.at, window.reminded?.at ?? 0) + remind <= now;
}

/** The incident once a group was reminded of it. */
export function afterReminder(
  incident: Incident,
  { group, now }: { group: string; now: number },
): Incident {
  const window = incident.windows[group]!;
  const reminded = { at: now, count: (window.reminded?.count ?? 0) + 1 };
  return { ...incident, windows: { ...incident.windows, [group]: { ...window, reminded } } };
}
