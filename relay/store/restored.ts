import { decode, encode } from "../codec.ts";
import { restoredKey } from "./keys.ts";

/**
 * Marks a database as a copy. What waits in it may wait in its origin, too, whose relay delivers it: a relay on a copy
 * delivers nothing until somebody says that it takes over.
 */
export interface Restored {
  /** When the copy was made, in epoch milliseconds. */
  readonly copiedAt: number;
}

/** Mark a database that was just restored; nothing else uses it yet. */
export async function markRestored(kv: Deno.Kv, mark: Restored): Promise<void> {
  await kv.set(restoredKey(), encode(mark));
}

/** Remove the mark, which a copy of a restored database has: a relay on this one delivers. */
export async function unmarkRestored(kv: Deno.Kv): Promise<void> {
  await kv.delete(restoredKey());
}

/** The mark of a database, as its entry's value. */
export function readRestored(value: unknown): Restored | undefined {
  return value === null ? undefined : decode<Restored>(value);
}
