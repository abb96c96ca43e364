import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";

/** When time alone may change an incident next; `Infinity` when nothing will. */
export type DueAt = (incident: Incident, now: number) => number;

/** Incidents of one batch, at most. */
export const DUE_BATCH = 500;

/** An incident that is due is looked at again after this long, in milliseconds, when nothing changed it. */
export const LOOK_AGAIN = 60_000;

/** Milliseconds from one look at the incidents that are due to the next, at most: a cron may be a little late. */
export const SOON = 75_000;

/** An incident that time may change now. */
export interface DueIncident {
  readonly incident: Incident;
  /** What was due before this moment, in epoch milliseconds, was seen to. */
  readonly since: number;
}

/** Incidents that time may change now. */
export interface DueBatch {
  readonly incidents: readonly DueIncident[];
  /** Called when all that was due is done. @throws StoreError */
  done(): Promise<void>;
}

/** Whether an incident may be due to the second. */
export function mayBeDue({ escalations, knownUntil, messages, clearsAfter }: Incident): boolean {
  return escalations !== undefined || knownUntil !== undefined || messages !== undefined ||
    clearsAfter !== undefined;
}

/** The incidents by the time at which they are due, so that a minute in which nothing is due reads none of them. */
export interface DueIncidents {
  /** Those that are due, in batches; ends early where another instance works on them. @throws StoreError */
  batches(now: number): AsyncGenerator<DueBatch>;
  /**
   * The incidents that may become due between the last look and `until`; in a storm not all of them.
   *
   * @throws StoreError
   */
  soon(until: number): Promise<Incident[]>;
  /** Add what changes with an incident to its atomic. */
  write(atomic: Atomic, change: IncidentChange): void;
  /** Called when the atomic has landed. */
  landed(change: IncidentChange): void;
  /** The settings have changed by which incidents are due. */
  reconsider(): void;
}
