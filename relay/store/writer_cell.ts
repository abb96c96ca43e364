import { decode, encode } from "../base/codec.ts";
import { StoreError } from "./errors.ts";
import type { Atomic } from "./atomic.ts";
import type { DatabaseView } from "./database.ts";
import { writerKey } from "./keys.ts";

/** The time that a writer's cell is stored: it has no use once its process has ended. */
const CELL_MS = 86_400_000;

/** The most attempts at a commit of unknown outcome. */
const TRIES = 3;

/** The outcome of a commit. */
export type CommitOutcome =
  | { readonly kind: "landed"; readonly versionstamp: string }
  /** A check failed. `entries`: the keys that were read again. */
  | { readonly kind: "refused"; readonly entries: readonly Deno.KvEntryMaybe<unknown>[] };

/**
 * Commit to a remote database, which may apply a commit and still answer "no", or nothing. Every attempt sets this
 * cell to a token of its own and checks it: after an unknown outcome the cell names the attempt that landed, and no
 * second one can land. A cell has one commit at a time; concurrent commits have cells of their own.
 */
export class WriterCell {
  readonly #kv: DatabaseView;
  readonly #key = writerKey(crypto.randomUUID());
  /** The versionstamp of the cell; `undefined` = it must be read. */
  #versionstamp: string | null | undefined = null;

  constructor(kv: DatabaseView) {
    this.#kv = kv;
  }

  /** Whether an earlier commit was given up, and may still land: the next commit that lands prevents it. */
  get inDoubt(): boolean {
    return this.#versionstamp === undefined;
  }

  /**
   * Commit the atomic that `build` makes, which is called for each attempt.
   *
   * @param keys To read again if the commit is refused, in the request that reads the cell.
   * @throws StoreError when it is not known to have landed; it may still land later
   */
  async commit(build: () => Atomic, keys: readonly Deno.KvKey[]): Promise<CommitOutcome> {
    /** The meaning of each token found in the cell. */
    const meanings = new Map<string | undefined, "landed" | "shut out">();
    let doubt: unknown;
    /** Read again when an attempt was refused while an earlier one may still land: that one must be excluded first. */
    let entries: readonly Deno.KvEntryMaybe<unknown>[] | undefined;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (this.#versionstamp === undefined) this.#versionstamp = (await this.#read([])).versionstamp;
      const token = crypto.randomUUID();
      meanings.set(token, entries ? "shut out" : "landed");
      const atomic = (entries ? this.#kv.atomic() : build())
        .check({ key: this.#key, versionstamp: this.#versionstamp })
        .set(this.#key, encode(token), { expireIn: CELL_MS });
      const before = this.#versionstamp;
      this.#versionstamp = undefined;
      const answer = await this.#kv.commit(atomic).catch((error: unknown) => {
        if (error instanceof StoreError && error.kind === "too_large") {
          this.#versionstamp = before; // it was not sent
          throw error;
        }
        doubt = error;
      });
      const cell = answer?.ok ? { token, versionstamp: answer.versionstamp } : await this.#read(keys);
      this.#versionstamp = cell.versionstamp;
      const meaning = meanings.get(cell.token);
      if (meaning === "landed") return { kind: "landed", versionstamp: cell.versionstamp! };
      if (meaning === "shut out") return { kind: "refused", entries: entries! };
      if (!answer || !("entries" in cell)) continue;
      if (doubt === undefined) return { kind: "refused", entries: cell.entries };
      entries = cell.entries;
    }
    this.#versionstamp = undefined; // an attempt may still land
    throw doubt;
  }

  async #read(keys: readonly Deno.KvKey[]): Promise<{
    token: string | undefined;
    versionstamp: string | null;
    entries: readonly Deno.KvEntryMaybe<unknown>[];
  }> {
    const [cell, ...entries] = await this.#kv.entries([this.#key, ...keys]);
    const { value, versionstamp } = cell!;
    return { token: value === null ? undefined : decode<string>(value), versionstamp, entries };
  }
}
