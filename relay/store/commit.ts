import type { AuditNote } from "../domain/audit_note.ts";
import type { LoggedAlert, Queued } from "../domain/record.ts";
import type { SignatureUse } from "../domain/signature.ts";
import type { Tally } from "../domain/tally.ts";
import type { Incident } from "../domain/incident.ts";

/** What one atomic may hold. */
export interface CommitLimits {
  readonly mutations: number;
  readonly bytes: number;
}

/** A change of an incident, with what it was when the plan was made. */
export interface IncidentChange {
  readonly before: Incident | undefined;
  readonly after: Incident;
}

/** A change of an incident that is over. */
export interface Annotation {
  /** Gives it as it is to be, and what the audit says of it; `undefined` leaves it as it is. */
  readonly change: (before: Incident) => { readonly after: Incident; readonly note: AuditNote } | undefined;
  readonly now: number;
}

/** A page of the log. */
export interface LogPage {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** Its alert, when it has only one: a reader need not parse it again. */
  readonly only?: LoggedAlert | undefined;
}

/** A value of a lane's queue. */
export interface QueuedPage {
  readonly lane: string;
  /** Of a single delivery its own; of several the log page's. */
  readonly id: string;
  /** What is put into it. */
  readonly entries: readonly Queued[];
  /** The same, as it is stored. */
  readonly bytes: Uint8Array;
}

/** Called with what has landed in a lane's queue, before anybody is answered. */
export type Hear = (page: Omit<QueuedPage, "bytes">) => void;

/** Everything that one atomic writes. */
export interface Commit {
  /** Pages of the log: each a list of {@linkcode LoggedAlert}. */
  readonly pages: readonly LogPage[];
  /** By fingerprint. */
  readonly incidents: ReadonlyMap<string, IncidentChange>;
  /** Incidents that are over and have a successor. */
  readonly closed: readonly Incident[];
  /** Pages of the lanes' queues: each a list of deliveries, or a single one under its own id. */
  readonly queued: readonly QueuedPage[];
  /** What was accepted, counted. All pages begin with one time. */
  readonly tally: Tally;
  /** The lanes that got work. */
  readonly bells: ReadonlySet<string>;
  /** What people changed, for the audit. */
  readonly notes: readonly AuditNote[];
  /** The signatures that alerts of alarm_v2 came with. */
  readonly signatures: readonly SignatureUse[];
}
