import type { Database, DatabaseView } from "./database.ts";
import { WriterCell } from "./writer_cell.ts";

/** How the writer of accepted alerts commits. */
export interface Commits {
  /** How many different fingerprints one commit may change. */
  readonly fingerprints: number;
  /**
   * Commit what `build` makes, which may be called for each attempt.
   *
   * @returns `stale` when a check of the atomic failed
   * @throws StoreError when it is not known to have landed; on a shared store it may still land later
   */
  commit(build: () => Deno.AtomicOperation): Promise<"landed" | "stale">;
}

/** The only writer waits for its commit however long it takes: it must know the outcome before it decides on. */
export class LocalCommits implements Commits {
  readonly fingerprints: number;
  readonly #kv: DatabaseView;

  /** `mutations`: how many one commit may hold; nearly each fingerprint takes one. */
  constructor(database: Database, { mutations }: { mutations: number }) {
    this.#kv = database.of("the alerts", { write: "store", deadline: Infinity });
    this.fingerprints = mutations;
  }

  async commit(build: () => Deno.AtomicOperation): Promise<"landed"> {
    await this.#kv.commit(build());
    return "landed";
  }
}

/** A commit to a shared database checks each fingerprint that it changes, and the writer's own cell. */
export class SharedCommits implements Commits {
  readonly fingerprints: number;
  readonly #cell: WriterCell;

  /** `checks`: how many one atomic may hold. */
  constructor(database: Database, { checks }: { checks: number }) {
    this.#cell = new WriterCell(database.of("the alerts", { write: "store" }));
    this.fingerprints = checks - 1;
  }

  async commit(build: () => Deno.AtomicOperation): Promise<"landed" | "stale"> {
    return await this.#cell.commit(build);
  }
}
