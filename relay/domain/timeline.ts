/**
 * The timeline of an incident: what happened to it and what people did, in order.
 *
 * Each entry is written in the commit of its fact. What the log and the records of deliveries hold is not repeated: an
 * entry refers to its alert and to its deliveries. The first alert needs no entry, because its id is the incident's.
 *
 * @module
 */
import type { AlertReason, ChannelEvent } from "./outcome.ts";
import type { Person } from "./person.ts";

/** A stored entry. */
export type TimelineEntry = TimelineFact & {
  /** Epoch milliseconds. */
  readonly at: number;
  /**
   * How many alerts the incident had by then: the difference to the entry before is the run of alerts between them. Absent
   * where the incident was not read.
   */
  readonly alerts?: number;
  /** Set when equal facts came one after another: the entry is the newest of them. */
  readonly run?: Run;
};

/** Facts that share an entry. */
export interface Run {
  /** When the first of them happened, in epoch milliseconds. */
  readonly at: number;
  /** How many alerts the incident had by then. */
  readonly alerts: number;
  /** How many facts. */
  readonly times: number;
  /** Set when they are not equal, because the timeline had no room for entries of their own. */
  readonly mixed?: true;
}

/** What happened. */
export type TimelineFact =
  | AlertFact
  | NotifiedFact
  | EscalatedFact
  | PersonFact
  | ExpiredFact
  | { readonly kind: "stale" };

/** An alert after the first one that notified a group, that is silenced or inhibited from now on, or that resolved the incident. */
export interface AlertFact {
  readonly kind: "alert";
  /** Its id in the log, which has the outcome for each group. */
  readonly alert: string;
  /** Equal for alerts with equal outcomes. */
  readonly as: string;
  /** Set when the relay made the resolved alert, because the sender had stopped. */
  readonly assumed?: true;
}

/** Destinations were notified without a new alert. */
export interface NotifiedFact {
  readonly kind: "notified";
  readonly reason: AlertReason | ChannelEvent;
  readonly group: string;
  /** The alert that the message shows. */
  readonly alert: string;
  /** What the ids of the deliveries begin with. */
  readonly deliveries: string;
  /** The ids of the destinations. */
  readonly destinations: readonly string[];
}

/** Nobody acknowledged it in time, so a step of a group's escalation was taken. */
export interface EscalatedFact extends Omit<NotifiedFact, "kind" | "reason"> {
  readonly kind: "escalated";
  /** The number of the step, from 1. */
  readonly step: number;
  /** How often this step has been taken. */
  readonly time: number;
  /** The group or the members that are notified now. */
  readonly to: { readonly group: string } | { readonly members: readonly string[] };
  /** Why it was taken before its time. */
  readonly early?: "undeliverable";
}

/** What a person did. */
export type PersonFact = Person & PersonAct;

/** A person's act, as it is stored. */
export type PersonAct =
  | { readonly kind: "acknowledged"; readonly until?: number; readonly text?: string }
  | { readonly kind: "unacknowledged" }
  | { readonly kind: "taken"; readonly from?: string; readonly text?: string }
  | { readonly kind: "assigned"; readonly to: string; readonly from?: string; readonly text?: string }
  | { readonly kind: "noted"; readonly text: string }
  | { readonly kind: "snoozed"; readonly until: number; readonly text?: string }
  | { readonly kind: "closed"; readonly text?: string }
  | { readonly kind: "reopened"; readonly text?: string }
  /** A dead delivery was sent again. */
  | { readonly kind: "resent"; readonly delivery: string; readonly destination: string };

/** The time of an acknowledgement or of a snooze is over, so the incident needs somebody again. */
export interface ExpiredFact {
  readonly kind: "expired";
  readonly what: "acknowledgement" | "snooze";
  /** The person who had acknowledged or snoozed it. */
  readonly by?: string;
}

/** An entry with the incident that it belongs to. */
export interface TimelineRecord {
  /** The incident's id. */
  readonly incident: string;
  /** The entry's id, which sorts after those of earlier entries. */
  readonly id: string;
  readonly entry: TimelineEntry;
}

/** What an incident remembers of its timeline, so that the next entry needs no read. */
export interface TimelineState {
  /** How many entries the relay made. */
  readonly entries: number;
  /** How many entries people made. */
  readonly acts: number;
  /** The id of the newest entry. */
  readonly last: string;
  /** Set when the newest entry is the relay's: an equal fact is added to it. `as`: equal for equal facts. */
  readonly run?: Run & { readonly as: string };
}
