import type { Severity } from "./severity.ts";

/** A step of a group's escalation: whom to notify when nobody has acknowledged an incident in time. */
export interface EscalationStep {
  /** Milliseconds after the group was notified. */
  readonly after: number;
  /** The id of a group to notify, or the ids of the destinations of this group that belong to the step. */
  readonly to: { readonly group: string } | { readonly destinations: readonly string[] };
  /** Only for incidents of these severities. */
  readonly only?: readonly Severity[] | undefined;
  /** How often it is taken, at most. */
  readonly times: number;
  /** Milliseconds between these times. */
  readonly every: number;
}

/** How far the escalation of an incident is for one group. The time runs only while nobody has acknowledged the incident. */
export interface Escalation {
  /** From when the time counts, in epoch milliseconds; while it stands still, the milliseconds that are over. */
  readonly from: number;
  /** Set while it stands still: the incident is acknowledged or snoozed. */
  readonly halted?: true;
  /** How many steps are done. */
  readonly done: number;
  /** How often the step after these was taken. */
  readonly times: number;
  /** The time of its last notification. */
  readonly at?: number;
  /** Set when the last step could not be delivered: the next one is due at once. */
  readonly hurry?: true;
}
