import type { Incident } from "../domain/incident.ts";
import type { Atomic } from "./atomic.ts";
import type { IncidentChange } from "./commit.ts";

/** The next time at which time alone may change an incident; `Infinity` without one. */
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
  /** Everything due before this time, in epoch milliseconds, was handled. */
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
  /** The due incidents, in batches; ends early if another instance works on them. @throws StoreError */
  batches(now: number): AsyncGenerator<DueBatch>;
  /**
   * The incidents that may become due between the last look and `until`; in a storm not all of them.
   *
   * @throws StoreError
   */
  soon(until: number): Promise<Incident[]>;
  /** Add the changes that follow from an incident's change to its atomic. */
  write(atomic: Atomic, change: IncidentChange): void;
  /** Called when the atomic has landed. */
  landed(change: IncidentChange): void;
  /** The settings have changed by which incidents are due. */
  reconsider(): void;
}
