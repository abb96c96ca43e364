import type { Clock } from "../base/clock.ts";
import type { Incident } from "../domain/incident.ts";
import type { InhibitRule } from "../domain/inhibition.ts";
import type { DueAt } from "./due_incidents.ts";
import type { JournalOptions } from "./journal.ts";

/** The time that records are stored, in milliseconds; read anew for each record. */
export interface Retention {
  readonly alerts: number;
  readonly dead: number;
  readonly audit: number;
}

/** The options of opening a database. */
export interface StoreOptions {
  /** The database is a local file, and this process alone has it. */
  readonly exclusive: boolean;
  readonly clock: Pick<Clock, "now">;
  /** Seals secrets at rest. */
  readonly key: string;
  /** The time that records are stored, in milliseconds. */
  readonly retention: Retention;
  /** At most this many checks in one atomic: 10 on a `denokv` server, 100 elsewhere. Default 10. */
  readonly checks?: number;
  /** Called with the database's error message, at most once a minute. */
  readonly report?: (words: string) => void;
  /** Time limit of one operation, in milliseconds. Default 5,000; behind a link to a shared database 1,500. */
  readonly deadline?: number;
  /**
   * Time limit of a search of the log, incidents or deliveries, in milliseconds. Default 60: a whole page stays under
   * 100.
   */
  readonly searchBudget?: number;
  /** Called with the duration of a commit in milliseconds, and with the commit. */
  readonly committed?: JournalOptions["committed"];
  /**
   * The next time at which time alone may change an incident, and a name for the settings that determine it. Default:
   * never.
   */
  readonly dueAt?: DueAt;
  readonly dueSettings?: () => string;
  /** Called with each incident that a commit of this instance has changed. */
  readonly changed?: (incident: Incident) => void;
  /** The rules of `inhibit`, read at each use. Default: none. */
  readonly inhibit?: () => readonly InhibitRule[];
  /** Called when an inhibiting incident has ended, or an open incident must be examined. */
  readonly inhibitorEnded?: () => void;
}
