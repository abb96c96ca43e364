import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import { StoreError } from "./errors.ts";
import type { DatabaseView } from "./database.ts";
import { writerKey } from "./keys.ts";

/** How long a writer's cell is stored: it has no use once its process has ended. */
const CELL_MS = 86_400_000;

/** A commit of unknown outcome is tried at most this many times. */
const TRIES = 3;

/**
 * Commits to a remote database, which may apply a commit and still answer "no", or nothing. Every attempt sets this
 * writer's own cell to a token of its own and checks it: after an unknown outcome the cell names the attempt that landed,
 * and no second one can land.
 */
export class WriterCell {
  readonly #kv: DatabaseView;
  readonly #key = writerKey(crypto.randomUUID());
  /** The versionstamp of the cell; `undefined` = it must be read. */
  #versionstamp: string | null | undefined = null;

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  /**
   * Commit what `build` makes, which is called for each attempt.
   *
   * @returns `stale` when a check of the atomic failed
   * @throws StoreError when it is not known to have landed; it may still land later
   */
  async commit(build: () => Atomic): Promise<"landed" | "stale"> {
    const tokens = new Set<string>();
    let failure: unknown;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (this.#versionstamp === undefined) this.#versionstamp = (await this.#read()).versionstamp;
      const token = crypto.randomUUID();
      tokens.add(token);
      const atomic = build()
        .check({ key: this.#key, versionstamp: this.#versionstamp })
        .set(this.#key, encode(token), { expireIn: CELL_MS });
      this.#versionstamp = undefined;
      failure = undefined;
      try {
        const result = await this.#kv.commit(atomic);
        if (result.ok) {
          this.#versionstamp = result.versionstamp;
          return "landed";
        }
      } catch (error) {
        if (error instanceof StoreError && error.kind === "too_large") throw error; // it was not sent
        failure = error;
      }
      const cell = await this.#read();
      this.#versionstamp = cell.versionstamp;
      if (cell.token !== undefined && tokens.has(cell.token)) return "landed";
      if (!failure) return "stale";
    }
    this.#versionstamp = undefined; // an attempt may still land
    throw failure;
  }

  async #read(): Promise<{ token: string | undefined; versionstamp: string | null }> {
    const { value, versionstamp } = await this.#kv.entry(this.#key);
    return { token: value === null ? undefined : decode<string>(value), versionstamp };
  }
}
