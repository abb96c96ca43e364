import type { Labels } from "../../../relay/domain/alert.ts";
import { formatMatcher, matchesAll, parseMatcher } from "../../../relay/domain/matcher.ts";
import type { WholeAlert } from "../../../relay/query/whole.ts";

/** Labels that say whose alert it is: the first of them that an alert has makes its rule. */
const TELLING = ["team", "service", "app", "job", "namespace", "cluster", "ob_cluster", "alertname"];

/** More labels than a person chooses from. */
const MAX_LABELS = 40;

/** A label of an alert, as a condition that a rule may have. */
export interface LabelChoice {
  readonly name: string;
  readonly matcher: string;
  readonly on: boolean;
  /** How many of the recent alerts have it. */
  readonly count: number;
}

/** The labels of an alert to choose from. `chosen`: the names that were chosen; `undefined`: the telling one. */
export function choicesOf(
  labels: Labels,
  { chosen, recent }: { chosen: readonly string[] | undefined; recent: readonly WholeAlert[] },
): LabelChoice[] {
  const usual = TELLING.find((name) => labels[name]) ?? Object.keys(labels)[0];
  return Object.entries(labels).slice(0, MAX_LABELS).map(([name, value]): LabelChoice => {
    const matcher = formatMatcher({ name, operator: "=", value });
    return {
      name,
      matcher,
      on: chosen === undefined ? name === usual : chosen.includes(name),
      count: matching([matcher], recent),
    };
  });
}

/** How many alerts all of these conditions match. */
export function matching(matchers: readonly string[], recent: readonly WholeAlert[]): number {
  const parsed = matchers.map(parseMatcher);
  return recent.filter(({ alert }) => matchesAll(parsed, alert.labels)).length;
}
