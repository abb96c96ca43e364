import { withTimeout } from "../base/timeout.ts";
import { StoreAwayError, StoreError } from "./errors.ts";
import type { SharedLink } from "./link.ts";

/** The longest wait, in milliseconds, before a retry at a database that refused to be opened. */
const MAX_RETRY = 60_000;

/**
 * Opens a shared database as soon as it answers, without a time limit.
 *
 * @returns `undefined` when the process stops first
 */
export async function openWhenUp<T>(
  link: SharedLink,
  open: () => Promise<T>,
  { stopping, report }: { stopping: AbortSignal; report: (words: string) => void },
): Promise<T | undefined> {
  const stopped = new Promise<void>((resolve) => stopping.addEventListener("abort", () => resolve()));
  for (let wait = 1_000;; wait = Math.min(2 * wait, MAX_RETRY)) {
    await Promise.race([link.whenUp(), stopped]);
    if (stopping.aborted) return undefined;
    try {
      return await open();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error instanceof StoreAwayError) continue; // the link reports it
      report(`${error.message}; trying again in ${wait / 1_000} s`);
      await withTimeout(stopped, wait, () => {});
    }
  }
}
