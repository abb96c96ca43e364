/**
 * What the relay and the isolate of its database's client say to each other.
 *
 * @module
 */
import type { KvPage } from "./kv.ts";

/** A change of a key, or a check, as Deno's atomic operation takes it. */
export interface KvChanges {
  readonly checks: readonly Deno.AtomicCheck[];
  readonly changes: readonly (
    | { readonly key: Deno.KvKey; readonly value: unknown; readonly expireIn?: number | undefined }
    | { readonly key: Deno.KvKey; readonly isDeleted: true }
  )[];
}

/** What the client is asked to do. */
export type KvRequest =
  | { readonly open: string | undefined }
  | { readonly read: readonly Deno.KvKey[] }
  | { readonly list: Deno.KvListSelector; readonly page: KvPage }
  | { readonly write: KvChanges }
  | { readonly watch: readonly Deno.KvKey[] }
  | { readonly unwatch: number };

/** A request with its number. */
export type KvCall = KvRequest & { readonly id: number };

/** The answer to the request of that number. A watch is answered many times; `ended` is its last one. */
export type KvReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly id: number; readonly ended: true };

/** The entries of a page, and the cursor of the next. */
export interface KvListed {
  readonly entries: Deno.KvEntry<unknown>[];
  readonly cursor: string;
}
