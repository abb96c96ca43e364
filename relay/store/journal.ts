import type { AlertLog } from "./alert_log.ts";
import type { Audit } from "./audit.ts";
import type { Incident } from "../domain/incident.ts";
import type { LoggedAlert } from "../domain/record.ts";
import type { Commit, CommitLimits, Hear } from "./commit.ts";
import { storeErrorOf } from "./guard.ts";
import { checkOf, type Incidents } from "./incidents.ts";
import { bellKey, logKey, queuedKey } from "./keys.ts";
import type { LatestIncidents } from "./known_incidents.ts";
import { setSignature } from "./signatures.ts";
import { AcceptedTally, type Cell, type Retention, setCells } from "./tallies.ts";
import { WriterCell } from "./writer_cell.ts";

/** How the journal keeps its promises on this database. */
export interface JournalOptions {
  /** A local file has this process as its only writer: commits carry no checks. */
  readonly exclusive: boolean;
  /** Checks that one atomic may hold. */
  readonly checks: number;
  /** Milliseconds for one operation. */
  readonly deadline: number;
  readonly retention: Retention;
  readonly audit: Audit;
  readonly log: AlertLog;
  readonly incidents: Incidents;
  readonly hear: Hear;
}

/** The database takes 1,000 mutations and 800 KiB an atomic, and 80 KiB of keys: about 90 bytes each for a waiting delivery. */
const LIMITS: CommitLimits = { mutations: 800, bytes: 600_000 };

/** A waiting delivery needs its alert, however short the retention: a week of quiet hours, a day of tries, and a margin. */
const LONGEST_WAIT = 9 * 86_400_000;

/** Where what was accepted is written: alerts, incidents and deliveries in one atomic. */
export class Journal {
  readonly limits = LIMITS;
  /** How many different fingerprints one commit may change. */
  readonly fingerprints: number;
  readonly #kv: Deno.Kv;
  readonly #options: JournalOptions;
  readonly #tally = new AcceptedTally();
  readonly #cell: WriterCell;

  constructor(kv: Deno.Kv, options: JournalOptions) {
    this.#kv = kv;
    this.#options = options;
    this.#cell = new WriterCell(kv, options);
    // One check is the writer's own cell. A single writer has no need of them, but nearly each takes a mutation.
    this.fingerprints = options.exclusive ? LIMITS.mutations : options.checks - 1;
  }

  /**
   * Write a commit. It is on disk when this returns `landed`; `stale` means that another instance changed one of its
   * incidents: plan again.
   *
   * @throws StoreError when it is not known to have landed. On a shared store it may still land later.
   */
  async append(commit: Commit, latest: LatestIncidents): Promise<"landed" | "stale"> {
    const [first] = commit.pages;
    const { cells, landed } = first ? this.#tally.after(first.id, commit.tally) : { cells: [] };
    let outcome: "landed" | "stale";
    try {
      outcome = this.#options.exclusive
        ? await this.#appendAlone(commit, cells)
        : await this.#appendShared(commit, latest, cells);
    } catch (error) {
      this.#tally.doubt();
      throw error;
    }
    if (outcome === "landed") {
      landed?.();
      for (const page of commit.pages) this.#options.log.written(page);
      commit.queued.forEach(this.#options.hear);
    }
    return outcome;
  }

  // Until the routes ask the log and the incidents themselves.
  readonly alert = (id: string): Promise<LoggedAlert | undefined> => this.#options.log.alert(id);
  readonly newest = (limit: number, before?: string): Promise<LoggedAlert[]> =>
    this.#options.log.newest(limit, before);
  readonly incident = (id: string): Promise<Incident | undefined> => this.#options.incidents.get(id);
  readonly incidents = (state: "open" | "closed", limit: number, before?: string): Promise<Incident[]> =>
    this.#options.incidents.newest(state, limit, before);

  /** The one writer waits for its commit however long it takes: it must know the outcome before it decides on. */
  async #appendAlone(commit: Commit, cells: readonly Cell[]): Promise<"landed"> {
    const { atomic, landed } = this.#atomic(commit, cells);
    try {
      await atomic.commit();
    } catch (error) {
      throw storeErrorOf("store the alerts", error);
    }
    landed();
    return "landed";
  }

  async #appendShared(
    commit: Commit,
    latest: LatestIncidents,
    cells: readonly Cell[],
  ): Promise<"landed" | "stale"> {
    return await this.#cell.commit("store the alerts", () => {
      const { atomic } = this.#atomic(commit, cells);
      for (const fingerprint of commit.incidents.keys()) atomic.check(checkOf(fingerprint, latest));
      return atomic;
    });
  }

  #atomic(commit: Commit, cells: readonly Cell[]): { atomic: Deno.AtomicOperation; landed: () => void } {
    const { audit, incidents, retention } = this.#options;
    const atomic = this.#kv.atomic();
    setCells(atomic, cells, retention);
    const expireIn = Math.max(retention.alerts, LONGEST_WAIT);
    for (const { id, bytes } of commit.pages) atomic.set(logKey(id), bytes, { expireIn });
    const landed = incidents.write(atomic, commit);
    for (const { lane, id, bytes } of commit.queued) atomic.set(queuedKey(lane, id), bytes);
    for (const lane of commit.bells) atomic.set(bellKey(lane), true);
    for (const signature of commit.signatures) setSignature(atomic, signature);
    audit.add(atomic, commit.notes);
    return { atomic, landed };
  }
}
