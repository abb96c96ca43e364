import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { WriterCell } from "./writer_cell.ts";

/** How the writer of accepted alerts commits. */
export interface Commits {
  /** How many different fingerprints one commit may change. */
  readonly fingerprints: number;
  /**
   * Commit what `build` makes. `build` may be called once per attempt.
   *
   * @returns `stale` when a check of the atomic failed
   * @throws StoreError when it is not known to have landed; on a shared store it may still land later
   */
  commit(build: () => Atomic): Promise<"landed" | "stale">;
}

/** A single writer waits for its commit without a time limit: it must know the outcome before its next decision. */
export class LocalCommits implements Commits {
  readonly fingerprints: number;
  readonly #kv: DatabaseView;

  /** `mutations`: at most this many in one commit; nearly every fingerprint needs one. */
  constructor(database: Database, { mutations }: { mutations: number }) {
    this.#kv = database.of("the alerts", { write: "store", deadline: Infinity });
    this.fingerprints = mutations;
  }

  async commit(build: () => Atomic): Promise<"landed"> {
    await this.#kv.commit(build());
    return "landed";
  }
}

/** Commits to a shared database: each checks the fingerprints that it changes, and the writer's own cell. */
export class SharedCommits implements Commits {
  readonly fingerprints: number;
  readonly #cell: WriterCell;

  /** `checks`: at most this many in one atomic. */
  constructor(database: Database, { checks }: { checks: number }) {
    this.#cell = new WriterCell(database.of("the alerts", { write: "store" }));
    this.fingerprints = checks - 1;
  }

  async commit(build: () => Atomic): Promise<"landed" | "stale"> {
    return await this.#cell.commit(build);
  }
}
