/**
 * The timeline of an incident: its events and people's actions, in order.
 *
 * Each entry is written in the commit of its fact. An entry refers to its alert and to its deliveries, and does not
 * repeat the log or the records of deliveries. The first alert needs no entry, because its id is the incident's.
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
   * The number of the incident's alerts by then: the difference to the previous entry is the run of alerts between
   * them. Absent if the incident was not read.
   */
  readonly alerts?: number;
  /** Set when equal facts came one after another: the entry is the newest of them. */
  readonly run?: Run;
};

/** Facts that share an entry. */
export interface Run {
  /** The time of the first of them, in epoch milliseconds. */
  readonly at: number;
  /** The number of the incident's alerts by then. */
  readonly alerts: number;
  /** The number of facts. */
  readonly times: number;
  /** Set if they differ, because the timeline had no room for entries of their own. */
  readonly mixed?: true;
}

/** A fact of the timeline. */
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
  /** The prefix of the deliveries' ids. */
  readonly deliveries: string;
  /** The ids of the destinations. */
  readonly destinations: readonly string[];
}

/** Nobody acknowledged it in time, so a step of a group's escalation was taken. */
export interface EscalatedFact extends Omit<NotifiedFact, "kind" | "reason"> {
  readonly kind: "escalated";
  /** The number of the step, from 1. */
  readonly step: number;
  /** The number of repetitions of this step. */
  readonly time: number;
  /** The group or the members that are notified now. */
  readonly to: { readonly group: string } | { readonly members: readonly string[] };
  /** The reason why it was taken before its time. */
  readonly early?: "undeliverable";
}

/** A person's action. */
export type PersonFact = Person & PersonAct;

/** The stored form of a person's action. */
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

/** The acknowledgement or the snooze has expired, so the incident needs a person again. */
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

/** The part of its timeline's state that an incident stores, so that the next entry needs no read. */
export interface TimelineState {
  /** The number of the relay's entries. */
  readonly entries: number;
  /** The number of people's entries. */
  readonly acts: number;
  /** The id of the newest entry. */
  readonly last: string;
  /** Set when the newest entry is the relay's: an equal fact is added to it. `as`: equal for equal facts. */
  readonly run?: Run & { readonly as: string };
}
