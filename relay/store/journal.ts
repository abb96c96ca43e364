import type { AlertLog } from "./alert_log.ts";
import type { Atomic } from "./atomic.ts";
import type { Audit } from "./audit.ts";
import type { Bells } from "./bells.ts";
import type { Commit, CommitLimits, OnQueued } from "./commit.ts";
import type { Commits } from "./commits.ts";
import type { Database, DatabaseView } from "./database.ts";
import type { Incidents } from "./incidents.ts";
import { logKey, queuedKey } from "./keys.ts";
import type { LatestIncidents } from "./latest_incidents.ts";
import { setSignature } from "./signatures.ts";
import { AcceptedTally, setCells, type TallyCell } from "./tallies.ts";

/** The parts of the store that the journal writes to. */
export interface JournalOptions {
  readonly commits: Commits;
  /** How long records are stored, in milliseconds. */
  readonly retention: { readonly alerts: number; readonly dead: number };
  readonly audit: Audit;
  readonly log: AlertLog;
  readonly incidents: Incidents;
  readonly bells: Bells;
  readonly onQueued: OnQueued;
  /** Called with how many milliseconds a commit took that has landed. */
  readonly committed?: (ms: number) => void;
}

/**
 * The database accepts 1,000 mutations, 800 KiB and 80 KiB of keys per atomic; a waiting delivery's key has about 90
 * bytes.
 */
export const LIMITS: CommitLimits = { mutations: 800, bytes: 600_000 };

/** A waiting delivery needs its alert, however short the retention: a week of quiet hours, a day of tries, and a margin. */
const MAX_WAIT = 9 * 86_400_000;

/** Writes accepted alerts, their incidents and their deliveries in one atomic. */
export class Journal {
  readonly limits = LIMITS;
  readonly #kv: DatabaseView;
  readonly #options: JournalOptions;
  readonly #tally = new AcceptedTally();

  constructor(database: Database, options: JournalOptions) {
    this.#kv = database.of("the alerts");
    this.#options = options;
  }

  /** At most this many different fingerprints in one commit. */
  get fingerprints(): number {
    return this.#options.commits.fingerprints;
  }

  /**
   * Write a commit. It is on disk when this returns `landed`; `stale` means that another instance changed one of its
   * incidents: plan again.
   *
   * @throws StoreError when it is not known to have landed. On a shared store it may still land later.
   */
  async append(commit: Commit, latest: LatestIncidents): Promise<"landed" | "stale"> {
    const { commits, log, incidents, onQueued, committed } = this.#options;
    const began = performance.now();
    const [first] = commit.pages;
    const { cells, landed } = first ? this.#tally.after(first.id, commit.tally) : { cells: [] };
    let written = (): void => {};
    const build = (): Atomic => {
      const atomic = this.#kv.atomic();
      written = this.#write(atomic, commit, cells);
      incidents.check(atomic, commit, latest);
      return atomic;
    };
    try {
      if (await commits.commit(build) === "stale") return "stale";
    } catch (error) {
      this.#tally.doubt();
      throw error;
    }
    committed?.(performance.now() - began);
    written();
    landed?.();
    for (const page of commit.pages) log.written(page);
    commit.queued.forEach(onQueued);
    return "landed";
  }

  /** Add a commit to an atomic. @returns a function to call when the atomic has landed. */
  #write(atomic: Atomic, commit: Commit, cells: readonly TallyCell[]): () => void {
    const { audit, bells, incidents, retention } = this.#options;
    setCells(atomic, cells, retention);
    const expireIn = Math.max(retention.alerts, MAX_WAIT);
    for (const { id, bytes } of commit.pages) atomic.set(logKey(id), bytes, { expireIn });
    const landed = incidents.write(atomic, commit);
    for (const { lane, id, bytes } of commit.queued) atomic.set(queuedKey(lane, id), bytes);
    const rang = bells.ringMany(atomic, commit.bells, commit.pages[0]?.id ?? crypto.randomUUID());
    for (const signature of commit.signatures) setSignature(atomic, signature);
    audit.add(atomic, commit.notes);
    return () => {
      landed();
      rang();
    };
  }
}
