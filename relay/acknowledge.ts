import { worst } from "./severity.ts";
import type { Incident } from "./window.ts";

/** What a person says of an incident. */
export interface Note {
  /** Whether somebody takes care of it. */
  readonly known: boolean;
  readonly by?: string | undefined;
  readonly memo?: string | undefined;
  readonly now: number;
}

/** The incident as a person left it. What was not said stays; who takes back that it is known leaves its memo. */
export function acknowledged(incident: Incident, { known, by, memo, now }: Note): Incident {
  const { knownBy: _by, knownAt: _at, ...rest } = incident;
  return {
    ...rest,
    known,
    ...known ? { knownAt: now } : {},
    ...known && by !== undefined ? { knownBy: by } : {},
    ...memo === undefined ? {} : { memo },
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
