import type { Labels } from "../../../relay/domain/alert.ts";
import { formatMatcher, matchesAll, parseMatcher } from "../../../relay/domain/matcher.ts";
import type { WholeAlert } from "../../../relay/query/whole.ts";

/** Labels that identify the owner of an alert: the first of them that an alert has makes its rule. */
const TELLING = ["team", "service", "app", "job", "namespace", "cluster", "ob_cluster", "alertname"];

/** The most labels that a person can choose from. */
const MAX_LABELS = 40;

/** A label of an alert, as a condition that a rule may have. */
export interface LabelChoice {
  readonly name: string;
  readonly matcher: string;
  readonly on: boolean;
  /** The number of recent alerts that have it. */
  readonly count: number;
}

/** The labels of an alert to choose from. `chosen`: the chosen names; `undefined`: the identifying one. */
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

/** The number of alerts that all of these conditions match. */
export function matching(matchers: readonly string[], recent: readonly WholeAlert[]): number {
  const parsed = matchers.map(parseMatcher);
  return recent.filter(({ alert }) => matchesAll(parsed, alert.labels)).length;
}
