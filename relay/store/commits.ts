import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { type CommitOutcome, WriterCell } from "./writer_cell.ts";

/** Commits one atomic after the other. */
export interface CommitSlot {
  /** Whether an earlier commit was given up, and may still land: the next commit that lands prevents it. */
  readonly inDoubt: boolean;
  /**
   * Commits the atomic that `build` makes. `build` may be called once per attempt.
   *
   * @param keys To read again if a check of the atomic fails.
   * @throws StoreError when it is not known to have landed; on a shared store it may still land later
   */
  commit(build: () => Atomic, keys: readonly Deno.KvKey[]): Promise<CommitOutcome>;
}

/** The commits of the writer of accepted alerts. */
export interface Commits {
  /** The number of different fingerprints that one commit may change. */
  readonly fingerprints: number;
  /** The number of concurrent commits, each in a slot of its own. */
  readonly concurrency: number;
  /** Open another slot. */
  open(): CommitSlot;
}

/** A single writer waits for its commit without a time limit: its next decision depends on the outcome. */
export class LocalCommits implements Commits, CommitSlot {
  readonly fingerprints: number;
  readonly concurrency = 1;
  readonly inDoubt = false;
  readonly #kv: DatabaseView;

  /** `mutations`: the most in one commit; nearly every fingerprint needs one. */
  constructor(database: Database, { mutations }: { mutations: number }) {
    this.#kv = database.of("the alerts", { write: "store", deadline: Infinity });
    this.fingerprints = mutations;
  }

  open(): CommitSlot {
    return this;
  }

  async commit(build: () => Atomic): Promise<CommitOutcome> {
    const result = await this.#kv.commit(build());
    if (!result.ok) throw new Error("Cannot store the alerts: a commit without checks was refused");
    return { kind: "landed", versionstamp: result.versionstamp };
  }
}

/**
 * The number of concurrent commits: a payload of 1,000 alerts, nine a commit, takes seven round trips, which a sender
 * waits for.
 */
const CONCURRENCY = 16;

/** Commits to a shared database: each checks the fingerprints of its decision, and its slot's own cell. */
export class SharedCommits implements Commits {
  readonly fingerprints: number;
  readonly concurrency = CONCURRENCY;
  readonly #kv: DatabaseView;

  /** `checks`: the most in one atomic. */
  constructor(database: Database, { checks }: { checks: number }) {
    this.#kv = database.of("the alerts", { write: "store" });
    this.fingerprints = checks - 1;
  }

  open(): CommitSlot {
    return new WriterCell(this.#kv);
  }
}
