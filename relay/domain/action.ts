import type { Incident } from "./incident.ts";
import type { Person } from "./person.ts";

/** A person's action on an incident. Texts are notes: at most 500 characters. */
export type Action =
  /** `until`: the end of the acknowledgement, after which the incident needs a person again. */
  | { readonly kind: "acknowledge"; readonly until?: number | undefined; readonly text?: string | undefined }
  /** Withdraw the acknowledgement. */
  | { readonly kind: "unacknowledge" }
  /** Acknowledge it, and make the person its holder. */
  | { readonly kind: "take"; readonly until?: number | undefined; readonly text?: string | undefined }
  /** Acknowledge it on behalf of another person, who becomes its holder. `to`: a member's id, or a name. */
  | { readonly kind: "assign"; readonly to: string; readonly text?: string | undefined }
  | { readonly kind: "note"; readonly text: string }
  /** Nobody is notified of it until then, unless it gets worse. */
  | { readonly kind: "snooze"; readonly until: number; readonly text?: string | undefined }
  /** Declare that it is over. */
  | { readonly kind: "close"; readonly text?: string | undefined }
  /** Declare that a closed one is not over. */
  | { readonly kind: "reopen"; readonly text?: string | undefined };

/** The kinds of actions. */
export const ACTION_KINDS = [
  "acknowledge",
  "unacknowledge",
  "take",
  "assign",
  "note",
  "snooze",
  "close",
  "reopen",
] as const satisfies readonly Action["kind"][];

/** The person who acts, the time, and the state of the incident that they saw. */
export interface ActOptions extends Person {
  readonly now: number;
  /** The state that the person saw: if it has changed since, the action is refused as `changed`. */
  readonly seen?: Seen | undefined;
}

/** The state of an incident as a person saw it. */
export interface Seen {
  readonly known?: boolean | undefined;
  readonly memo?: string | undefined;
  readonly holder?: string | undefined;
}

/** The reason why an action changes nothing. */
export type ActionRefusal =
  /** It is closed already, or resolved. */
  | "over"
  /** It is open, so it cannot be reopened. */
  | "open"
  /** A newer incident of the same alert is open. */
  | "superseded"
  /** The incident is already in the state after the action. */
  | "unchanged"
  /** Another person changed it meanwhile. */
  | "changed"
  /** The given time is not in the future. */
  | "past"
  /** The timeline has room for no more entries. */
  | "full";

/** The result of an action; `incident` is the current incident, `before` the one before the action. */
export type ActResult =
  | { readonly incident: Incident; readonly before: Incident; readonly refused?: undefined }
  | { readonly incident: Incident; readonly refused: ActionRefusal };
