import type { Note } from "../domain/acknowledge.ts";
import type { Group } from "../domain/group.ts";
import type { Intake } from "./intake.ts";

/** Something that changes an incident without being an alert. It waits for its commit in the line of the alerts. */
export type Change =
  | { readonly death: Death }
  | { readonly clearing: Clearing }
  | { readonly note: Noting }
  | { readonly reminder: Reminder }
  | { readonly settling: Settling }
  | { readonly confirming: Confirming };

/** What a person says of an incident. */
export interface Noting extends Note {
  readonly fingerprint: string;
  /** The incident's id: it may be over by now, and another one open. */
  readonly incident: string;
}

/** A group that is to be told again of an incident, if that is still due. */
export interface Reminder {
  readonly fingerprint: string;
  readonly group: Group;
  /** Ids of destinations that still have the last reminder before them. */
  readonly except: ReadonlySet<string>;
  readonly now: number;
}

/** A fingerprint that came and went, and seems to have settled for a group. */
export interface Settling {
  readonly fingerprint: string;
  /** The group's id. */
  readonly group: string;
  /** The group as it is now, if there still is one. */
  readonly to: Group | undefined;
  readonly now: number;
}

/** Whose incident it changes. */
export function fingerprintOf(change: Change): string {
  if ("clearing" in change) return change.clearing.intake.fingerprint;
  if ("confirming" in change) return change.confirming.intake.fingerprint;
  if ("death" in change) return change.death.fingerprint;
  if ("note" in change) return change.note.fingerprint;
  return "reminder" in change ? change.reminder.fingerprint : change.settling.fingerprint;
}

/** A delivery of which nothing more will come: the window of its notification may end with it. */
export interface Death {
  readonly fingerprint: string;
  readonly group: string;
  readonly alert: string;
  readonly delivery: string;
  readonly now: number;
}

/** A firing that was held as a late peer's and that nothing contradicted. */
export interface Confirming {
  /** The same alert again, received now. */
  readonly intake: Intake;
  /** The id of the alert that was held. */
  readonly alert: string;
}

/** The end of an incident that fell silent, unless it has spoken since. */
export interface Clearing {
  /** The resolved alert that stands for the silence. */
  readonly intake: Intake;
  /** The incident's newest alert when it was found silent. */
  readonly lastId: string;
}
