import type { Counts } from "../../../relay/domain/replay.ts";
import type { RoutedBy } from "../../../relay/domain/rules.ts";
import type { NotificationCounts } from "../../../relay/query/statistics.ts";
import type { Relay } from "../../../relay/relay.ts";
import { groupPath } from "../groups/subject.ts";
import type { View } from "../shell.ts";
import { sourceSuggestion, type Suggestion } from "./suggestion.ts";

/** The figures that groups and rules can be sorted by, the greatest first. */
export const SOURCE_ORDERS = ["told", "folded", "suppressed", "share"] as const;

/** A figure that groups and rules can be sorted by. */
export type SourceOrder = typeof SOURCE_ORDERS[number];

/** A group or a rule, with the outcomes of its alerts. */
export interface NoisySource {
  readonly name: string;
  readonly href: string | undefined;
  readonly counts: Counts;
  /** The share of duplicates, 0 to 1; `undefined` without an alert that could have been one. */
  readonly share: number | undefined;
  readonly suggestion: (Suggestion & { readonly href: string }) | undefined;
}

/** Groups and rules as lines of the page, the noisiest first. */
export function noisySources(
  { groups, rules }: NotificationCounts,
  { relay: { query: { config } }, view: { t }, by, days }: {
    relay: Relay;
    view: View;
    by: SourceOrder;
    days: number;
  },
): { groups: NoisySource[]; rules: NoisySource[] } {
  const source = (
    kind: "group" | "rule",
    counts: Counts,
    { name, href, change }: { name: string; href: string | undefined; change: string },
  ): NoisySource => {
    const suggestion = sourceSuggestion(kind, counts, { days, t });
    return {
      name,
      href,
      counts,
      share: shareOf(counts),
      suggestion: suggestion && href !== undefined ? { ...suggestion, href: change } : undefined,
    };
  };
  return {
    groups: sorted(
      [...groups].map(([id, counts]) => {
        const group = config.groups.get(id);
        const href = group && groupPath(group.owner, group.level);
        return source("group", counts, {
          name: id,
          href,
          change: `/noise?group=${encodeURIComponent(id)}#window`,
        });
      }),
      by,
    ),
    rules: sorted(
      [...rules].map(([routedBy, counts]) => {
        const place = /^rule:(\d+)$/.exec(routedBy)?.[1];
        const rule = place === undefined ? undefined : config.rules[Number(place)];
        const href = rule && `/rules#rule-${Number(place) + 1}`;
        return source("rule", counts, { name: ruleName(routedBy, place), href, change: href ?? "/rules" });
      }),
      by,
    ),
  };

  function ruleName(by: string, place: string | undefined): string {
    if (place === undefined) return t(`folding.by.${by as Exclude<RoutedBy, "rule">}`);
    const matchers = config.rules[Number(place)]?.matchers.map(({ name, operator, value }) =>
      `${name}${operator}"${value}"`
    );
    const number = t("folding.by.rule", { number: Number(place) + 1 });
    return matchers ? `${number} ${matchers.join(", ")}` : number;
  }
}

function sorted(all: NoisySource[], by: SourceOrder): NoisySource[] {
  const figure = ({ counts, share }: NoisySource): number => by === "share" ? share ?? -1 : counts[by];
  return all.sort((a, b) => figure(b) - figure(a) || (a.name < b.name ? -1 : 1));
}

function shareOf({ told, folded }: Counts): number | undefined {
  return told + folded === 0 ? undefined : folded / (told + folded);
}
