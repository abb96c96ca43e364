import type { Labels } from "../domain/alert.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import type { LoggedAlert, Queued } from "../domain/record.ts";
import type { SignatureUse } from "../domain/signature.ts";
import type { TimelineEntry, TimelineRecord } from "../domain/timeline.ts";
import type { Tally } from "../domain/tally.ts";
import type { Incident } from "../domain/incident.ts";
import type { EndedByKey } from "../domain/related.ts";
import type { Response } from "../domain/response.ts";

/** The limits of one atomic. */
export interface CommitLimits {
  readonly mutations: number;
  readonly bytes: number;
}

/** A change of an incident, with the incident at the time of planning. */
export interface IncidentChange {
  readonly before: Incident | undefined;
  readonly after: Incident;
  /** The labels of the incident's first alert, if the change opened the incident. */
  readonly labels?: Labels | undefined;
  /** The labels of the incident's newest firing alert, if the change has one. */
  readonly firing?: Labels | undefined;
  /** The labels of the alert that ended the incident, if one did. */
  readonly ending?: Labels | undefined;
}

/** A change of a closed incident. */
export interface Annotation {
  /** Returns the changed incident, the audit's note and the timeline's entry; `undefined` leaves the incident unchanged. */
  readonly change: (
    before: Incident,
  ) =>
    | { readonly after: Incident; readonly note: AuditNote; readonly entry: TimelineEntry }
    | undefined;
  readonly now: number;
}

/** A page of the alert log. */
export interface LogPage {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** The alert of a page that holds only one: a reader need not parse it again. */
  readonly only?: LoggedAlert | undefined;
}

/** A value of a lane's queue. */
export interface QueuedPage {
  readonly lane: string;
  /** The delivery's id if there is one delivery, the log page's id if there are several. */
  readonly id: string;
  /** The deliveries that are queued. */
  readonly entries: readonly Queued[];
  /** The stored form of the deliveries. */
  readonly bytes: Uint8Array;
}

/** Called when deliveries have landed in a lane's queue, before the request is answered. */
export type OnQueued = (page: Omit<QueuedPage, "bytes">) => void;

/** The content of one atomic. */
export interface Commit {
  /** Pages of the log: each a list of {@linkcode LoggedAlert}. */
  readonly pages: readonly LogPage[];
  /** The changed incidents, by fingerprint. */
  readonly incidents: ReadonlyMap<string, IncidentChange>;
  /** Closed incidents that have a successor. */
  readonly closed: readonly Incident[];
  /** Pages of the lanes' queues: each a list of deliveries, or a single one under its own id. */
  readonly queued: readonly QueuedPage[];
  /** The hour of the decision, in hours since the epoch; the ids of all pages begin with a time of this hour. */
  readonly hour: number;
  /** The counts of accepted alerts. */
  readonly tally: Tally;
  /** The responses to incidents. */
  readonly responses: readonly Response[];
  /** The ended incidents, by the keys that relate them to later ones. */
  readonly ended: EndedByKey;
  /** The lanes that received deliveries. */
  readonly bells: ReadonlySet<string>;
  /** The audit's notes of people's changes. */
  readonly notes: readonly AuditNote[];
  /** The entries of the incidents' timelines. */
  readonly timeline: readonly TimelineRecord[];
  /** The signatures of the alarm_v2 alerts. */
  readonly signatures: readonly SignatureUse[];
}
