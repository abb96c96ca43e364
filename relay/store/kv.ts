import type { Atomic } from "./atomic.ts";

/** The part of Deno's database that the store uses: its own client, or one in another isolate. */
export interface Kv {
  get(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<unknown>>;
  getMany(keys: readonly Deno.KvKey[]): Promise<Deno.KvEntryMaybe<unknown>[]>;
  list(selector: Deno.KvListSelector, options: KvPage): KvEntries;
  set(key: Deno.KvKey, value: unknown, options?: { expireIn?: number }): Promise<unknown>;
  delete(key: Deno.KvKey): Promise<void>;
  watch(keys: readonly Deno.KvKey[]): ReadableStream<Deno.KvEntryMaybe<unknown>[]>;
  atomic(): Atomic;
}

/** A page of a range: its options have the same number as `limit` and `batchSize`, so that one request reads it. */
export interface KvPage {
  readonly limit: number;
  readonly batchSize: number;
  readonly reverse: boolean;
  readonly cursor?: string;
}

/** The entries of a page, and after the last one the cursor of the next page. */
export interface KvEntries extends AsyncIterable<Deno.KvEntry<unknown>> {
  readonly cursor: string;
}
