/**
 * The messages between the relay and the isolate of its database's client.
 *
 * @module
 */
import type { KvPage } from "./kv.ts";

/** A change of a key, or a check, with the parameters of Deno's atomic operation. */
export interface KvChanges {
  readonly checks: readonly Deno.AtomicCheck[];
  readonly changes: readonly (
    | { readonly key: Deno.KvKey; readonly value: unknown; readonly expireIn?: number | undefined }
    | { readonly key: Deno.KvKey; readonly isDeleted: true }
  )[];
}

/** A request to the client. */
export type KvRequest =
  | { readonly open: string | undefined }
  | { readonly read: readonly Deno.KvKey[] }
  | { readonly list: Deno.KvListSelector; readonly page: KvPage }
  | { readonly write: KvChanges }
  | { readonly watch: readonly Deno.KvKey[] }
  | { readonly unwatch: number };

/** A request with its number. */
export type KvCall = KvRequest & { readonly id: number };

/** The answer to the request with that number. A watch is answered many times; `ended` is its last answer. */
export type KvReply =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly id: number; readonly ended: true };

/** The entries of a page, and the cursor of the next. */
export interface KvListed {
  readonly entries: Deno.KvEntry<unknown>[];
  readonly cursor: string;
}
