/**
 * The notes of a chaos run: each state of an incident that the senders sent, whether it was answered 200, and the alerts that
 * the sinks received.
 *
 * @module
 */
import { fingerprint } from "../../relay/domain/fingerprint.ts";

/** The receivers of webhooks: they count the outcome of each alert exactly. */
export const SINKS = ["sink", "pager"] as const;

/** A receiver of webhooks. */
export type SinkName = typeof SINKS[number];

/** Firing, or resolved. */
export type Status = "firing" | "resolved";

/** A state of an incident. Each occurrence of it fires, and is resolved. */
export interface State {
  readonly incident: string;
  /** From 1. */
  readonly occurrence: number;
  readonly status: Status;
}

/** An alert as it is sent. */
export interface SentAlert extends State {
  readonly severity: string;
  readonly startsAt: number;
  readonly endsAt?: number | undefined;
}

/** A state as a sink has stored it. */
export interface Notified extends State {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly sink: SinkName;
  /** The id of the alert's record, and the fingerprint, from the relay. */
  readonly alert: string;
  readonly fingerprint: string;
}

/** The time of the first answer 200 to a state, and the relay that gave it. */
export interface Acceptance {
  readonly state: State;
  readonly sink: SinkName;
  readonly at: number;
  readonly relay: string;
}

/** The notes of all senders. */
export class Account {
  /** By {@linkcode keyOf}. */
  readonly accepted = new Map<string, Acceptance>();
  /** The keys of all states that were sent at least once. */
  readonly sent = new Set<string>();
  readonly #occurrences = new Map<string, Omit<State, "status">>();
  /** Alerts in payloads that were answered 200, and in all payloads. */
  acceptedAlerts = 0;
  sentAlerts = 0;

  /** Note a payload before it is sent. */
  noteSent(alerts: readonly SentAlert[]): void {
    this.sentAlerts += alerts.length;
    for (const alert of alerts) {
      const { incident, occurrence, severity, startsAt } = alert;
      this.sent.add(keyOf(alert));
      this.#occurrences.set(`${fingerprintOf(incident, severity)} ${startsAt}`, { incident, occurrence });
    }
  }

  /**
   * The occurrence of a message. Only fingerprint and start are in every message: a plain one has neither all labels
   * nor annotations.
   *
   * @returns `undefined` when no sender has sent it
   */
  occurrenceOf(fingerprint: string, startsAt: number): Omit<State, "status"> | undefined {
    return this.#occurrences.get(`${fingerprint} ${startsAt}`);
  }

  /** Note that a payload was answered 200. */
  noteAccepted(alerts: readonly SentAlert[], relay: string): void {
    this.acceptedAlerts += alerts.length;
    const at = Date.now();
    for (const { incident, occurrence, status, severity } of alerts) {
      const state = { incident, occurrence, status };
      const key = keyOf(state);
      if (!this.accepted.has(key)) this.accepted.set(key, { state, sink: sinkOf(severity), at, relay });
    }
  }
}

/** The name of a state, for maps and messages. */
export function keyOf({ incident, occurrence, status }: State): string {
  return `${incident} ${status} (${occurrence})`;
}

/** The order of the states of an incident. */
export function rankOf({ occurrence, status }: State): number {
  return 2 * occurrence + (status === "resolved" ? 1 : 0);
}

/** The sink that the relays' configuration routes a severity to. */
export function sinkOf(severity: string): SinkName {
  return severity === "critical" ? "pager" : "sink";
}

/** The labels of an incident: its identity. */
export function labelsOf(incident: string, severity: string): Record<string, string> {
  return { alertname: "Chaos", incident, severity };
}

/** The fingerprint that every relay computes for an incident. */
export function fingerprintOf(incident: string, severity: string): string {
  return fingerprint("alertmanager", labelsOf(incident, severity));
}
