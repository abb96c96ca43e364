import type { Rule } from "../../../relay/domain/rules.ts";
import { hourOf, readAccepted, type Tally } from "../../../relay/domain/tally.ts";
import { HOUR } from "../../../relay/base/duration.ts";

/** The number of alerts that a rule routed to its group. */
export interface RuleCount {
  readonly told: number;
  readonly folded: number;
}

/**
 * The counted hours since the epoch: the last 24 and the current one, but none from before the last change of the
 * rules, because the tallies identify a rule by its index.
 */
export function countedHours(now: number, changedAt: number | undefined): { from: number; to: number } {
  const day = hourOf(now) - 24;
  const changed = changedAt === undefined ? day : hourOf(changedAt + HOUR - 1);
  return { from: Math.max(day, changed), to: hourOf(now) + 1 };
}

/** The counts of each rule, from the tallies. An alert counts for the first rule that routes to a group. */
export function countsOf(accepted: Tally, rules: readonly Rule[]): RuleCount[] {
  const counts = rules.map(() => ({ told: 0, folded: 0 }));
  for (const [name, count] of Object.entries(accepted)) {
    const read = readAccepted(name);
    if (read.what !== "told" && read.what !== "folded") continue;
    const [, place] = /^rule:(\d+)$/.exec(read.by) ?? [];
    const index = Number(place);
    if (place !== undefined && rules[index]?.group === read.group) counts[index]![read.what] += count;
  }
  return counts;
}
