import type { Clock } from "../base/clock.ts";
import { StoreAwayError, type StoreError } from "./errors.ts";

/** The shortest interval between two reports of the database's messages, in milliseconds. */
const REPORT_EVERY = 60_000;

/** Reports failures of the database that nothing else reports, at most once a minute. */
export function rarely(
  report: (words: string) => void,
  clock: Pick<Clock, "now">,
): (error: StoreError) => void {
  let reportAt = -Infinity;
  return (error) => {
    const now = clock.now();
    if (error.kind !== "unavailable" || error instanceof StoreAwayError || now < reportAt) return;
    reportAt = now + REPORT_EVERY;
    report(error.message);
  };
}
