import { decode, encode } from "../base/codec.ts";
import { restoredKey } from "./keys.ts";

/**
 * Marks a database as a copy. Its waiting deliveries may also wait in the origin, and be delivered there: a relay on
 * a copy delivers nothing until `FENGHUO_DELIVER=1` is set.
 */
export interface Restored {
  /** The time of the copy, in epoch milliseconds. */
  readonly copiedAt: number;
}

/** Marks a database that was just restored and is not in use yet. */
export async function markRestored(kv: Deno.Kv, mark: Restored): Promise<void> {
  await kv.set(restoredKey(), encode(mark));
}

/** Remove the mark, which a backup of a restored database also has, so that the restored relay delivers. */
export async function unmarkRestored(kv: Deno.Kv): Promise<void> {
  await kv.delete(restoredKey());
}

/** Decode the mark's entry. */
export function readRestored(value: unknown): Restored | undefined {
  return value === null ? undefined : decode<Restored>(value);
}
