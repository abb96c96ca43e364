/** A group of changes that are written together or not at all: the part of Deno's own atomic operation that the store uses. */
export interface Atomic {
  /** Make the whole group fail unless each of these keys still has this versionstamp. */
  check(...checks: Deno.AtomicCheck[]): this;
  /** Write a value. `expireIn`: milliseconds after which the database may remove it. */
  set(key: Deno.KvKey, value: unknown, options?: { expireIn?: number }): this;
  /** Remove a key. */
  delete(key: Deno.KvKey): this;
  /** Write the group. @returns `ok: false` when a check failed */
  commit(): Promise<Deno.KvCommitResult | Deno.KvCommitError>;
}
