import type { Verdict } from "../../relay/channel.ts";

const MINUTE = 60_000;

/** A failed call counts for its number, too, which takes one call a minute: an earlier one would be refused. */
export function afterAMinute(verdict: Verdict | undefined): Verdict | undefined {
  return verdict?.kind === "retry" ? { ...verdict, waitMs: Math.max(verdict.waitMs ?? 0, MINUTE) } : verdict;
}
