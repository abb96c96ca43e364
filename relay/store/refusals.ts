import { decode } from "../base/codec.ts";
import type { RefusalCount } from "../domain/sender_refusal.ts";
import type { Database, DatabaseView } from "./database.ts";
import { refusalKey, refusalsKey } from "./keys.ts";

/** The most records that are read: more than a day's processes write. */
const MAX_READ = 1_000;

/** The refusals of the doors: each process has records of its own, so that no two write the same one. */
export class Refusals {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the refusals");
  }

  /** Write a process's record of a kind. @throws StoreError */
  async set(
    process: string,
    kind: string,
    count: RefusalCount,
    { expireIn }: { expireIn: number },
  ): Promise<void> {
    await this.#kv.set(refusalKey(process, kind), count, { expireIn });
  }

  /** Delete a process's record of a kind. @throws StoreError */
  async delete(process: string, kind: string): Promise<void> {
    await this.#kv.delete(refusalKey(process, kind));
  }

  /** The records of all other processes, those of the latest first; some may have expired. @throws StoreError */
  async others(process: string): Promise<RefusalCount[]> {
    const records: RefusalCount[] = [];
    for await (const { key, value } of this.#kv.list({ prefix: refusalsKey() }, LATEST)) {
      if (key[1] !== process) records.push(decode<RefusalCount>(value));
    }
    return records;
  }

  /** Delete the records of all processes. @throws StoreError */
  async clear(): Promise<void> {
    for await (const { key } of this.#kv.list({ prefix: refusalsKey() })) await this.#kv.delete(key);
  }
}

const LATEST = { limit: MAX_READ, reverse: true, batch: 50 } as const;
