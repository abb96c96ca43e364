import type { Config } from "../../../relay/config/mod.ts";
import { enrichedLabels } from "../../../relay/domain/enrichment.ts";
import { matchesAll } from "../../../relay/domain/matcher.ts";
import { route } from "../../../relay/domain/rules.ts";
import type { WholeAlert } from "../../../relay/query/whole.ts";

/** The alerts that rules are counted against. */
export const RECENT = { most: 200, among: 1_000 };

/** The effect of rules on recent alerts. */
export interface Reach {
  /** The number of alerts that each rule matches. */
  readonly matched: readonly number[];
  /** The groups that would be notified, the most frequent first. */
  readonly groups: readonly {
    readonly group: string;
    readonly count: number;
    readonly by: "rule" | "other";
  }[];
  /** The number of alerts that were subject to the rules; others named their group. */
  readonly among: number;
}

/** The effect of `config`'s rules on recent alerts. */
export function reachOf(recent: readonly WholeAlert[], config: Config): Reach {
  const asked = recent.filter(({ logged }) =>
    !logged.routing.some(({ by }) => by === "named" || by === "unknown_group" || by === "drill")
  );
  const matched = config.rules.map(() => 0);
  const groups = new Map<string, { count: number; by: "rule" | "other" }>();
  for (const { alert } of asked) {
    const labels = enrichedLabels(alert.labels, config.enrich);
    for (const [index, { matchers }] of config.rules.entries()) {
      if (matchesAll(matchers, labels)) matched[index]!++;
    }
    for (const { group, by } of route(labels, config)) {
      const known = groups.get(group.id) ?? { count: 0, by: by === "rule" ? "rule" : "other" };
      groups.set(group.id, { ...known, count: known.count + 1 });
    }
  }
  return {
    matched,
    groups: [...groups].map(([group, known]) => ({ group, ...known })).sort((a, b) =>
      b.count - a.count || Number(b.by === "rule") - Number(a.by === "rule")
    ),
    among: asked.length,
  };
}
