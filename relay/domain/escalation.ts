import type { Severity } from "./severity.ts";

/** A step of a group's escalation: the recipients if nobody has acknowledged an incident in time. */
export interface EscalationStep {
  /** Milliseconds after the group was notified. */
  readonly after: number;
  /** The id of a group to notify, or the ids of the destinations of this group that belong to the step. */
  readonly to: { readonly group: string } | { readonly destinations: readonly string[] };
  /** Only for incidents of these severities. */
  readonly only?: readonly Severity[] | undefined;
  /** The most repetitions; it is not repeated once the next step is due. */
  readonly times: number;
  /** Milliseconds between these times. */
  readonly every: number;
}

/** The progress of an incident's escalation in one group. Its clock runs only while nobody has acknowledged the incident. */
export interface Escalation {
  /** The start of its clock, in epoch milliseconds; while it is halted, the milliseconds on the clock. */
  readonly from: number;
  /** Set while its clock is stopped: the incident is acknowledged or snoozed. */
  readonly halted?: true;
  /** The number of done steps. */
  readonly done: number;
  /** The number of repetitions of the step after these. */
  readonly times: number;
  /** The time of its last notification. */
  readonly at?: number;
  /** Set if the last step could not be delivered: the next one is due at once. */
  readonly hurry?: true;
  /** The deliveries of the last step. */
  readonly sent?: StepDeliveries;
  /** The ids of the group's destinations that its steps have notified: they are notified of the end, too. */
  readonly told?: readonly string[];
}

/** The deliveries of a step. If all of them are dead, nobody was notified. */
export interface StepDeliveries {
  /** The prefix of their ids. */
  readonly ids: string;
  readonly count: number;
  /** The ids of the dead ones. */
  readonly dead: readonly string[];
}

/** An escalation whose clock starts at a time. */
export function begun(from: number): Escalation {
  return { from, done: 0, times: 0 };
}

/** The escalation while the incident is acknowledged or snoozed: its clock is stopped. */
export function halted({ hurry: _, ...escalation }: Escalation, now: number): Escalation {
  if (escalation.halted) return escalation;
  return { ...escalation, from: Math.max(0, now - escalation.from), halted: true };
}

/** The escalation after the acknowledgement or the snooze: its clock runs on. */
export function resumed({ halted, ...escalation }: Escalation, now: number): Escalation {
  return halted ? { ...escalation, from: now - escalation.from } : escalation;
}

/** The escalations of an incident, each of them changed. */
export function eachEscalation(
  escalations: Readonly<Record<string, Escalation>> | undefined,
  change: (escalation: Escalation) => Escalation,
): { readonly escalations?: Readonly<Record<string, Escalation>> } {
  if (escalations === undefined) return {};
  const changed = Object.entries(escalations).map(([group, one]) => [group, change(one)]);
  return { escalations: Object.fromEntries(changed) };
}
