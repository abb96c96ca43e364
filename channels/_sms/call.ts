import type { Verdict } from "../../relay/channel.ts";

const MINUTE = 60_000;

/** A number accepts one call a minute, and a failed call counts: retry it after a minute, because an earlier one would be refused. */
export function afterAMinute(verdict: Verdict | undefined): Verdict | undefined {
  return verdict?.kind === "retry" ? { ...verdict, waitMs: Math.max(verdict.waitMs ?? 0, MINUTE) } : verdict;
}
