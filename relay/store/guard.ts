import { withTimeout } from "../base/timeout.ts";
import { NoSuchKeyError, StoreError } from "./errors.ts";

/** What Deno says of a key over 2 KiB, which is asked for with a made-up id only: no record has such a key. */
const TOO_LONG = /^Key too large for read/;

/** Deno's errors for an atomic that can never be written: a value, a key, or the whole is too large. */
const NEVER_FITS = /\btoo large\b|^Too many (?:mutations|checks)\b/;

/** The store's error for the failure of an operation. */
export function storeErrorOf(what: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const words = error instanceof Error ? error.message : String(error);
  const kind = NEVER_FITS.test(words) ? "too_large" : "unavailable";
  return new StoreError(kind, `Cannot ${what}: ${words}`, { cause: error });
}

/**
 * Wait for a database operation, but not for ever: a remote database that hangs would hold a caller's request open
 * for good. The operation itself cannot be taken back: it may still land.
 *
 * @throws StoreError when it failed, or has not answered within `ms` · NoSuchKeyError
 */
export async function guard<T>(what: string, operation: Promise<T>, ms: number): Promise<T> {
  try {
    return await withTimeout(operation, ms, () => {
      throw new StoreError("unavailable", `Cannot ${what}: the database did not answer within ${ms} ms`);
    });
  } catch (error) {
    if (error instanceof Error && TOO_LONG.test(error.message)) {
      throw new NoSuchKeyError(`Cannot ${what}: its name is too long`, { cause: error });
    }
    throw storeErrorOf(what, error);
  }
}
