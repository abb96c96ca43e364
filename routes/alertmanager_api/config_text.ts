import { formatDuration } from "../../relay/base/duration.ts";
import { DEFAULT_GROUP, type Group } from "../../relay/domain/group.ts";
import { ALL_LABELS } from "../../relay/domain/grouping.ts";
import type { InhibitRule } from "../../relay/domain/inhibition.ts";
import { type Condition, formatMatcher } from "../../relay/domain/matcher.ts";
import { groupOfOwner, type Rule } from "../../relay/domain/rules.ts";

/** The parts of the configuration that Alertmanager has words for. */
export interface RoutingConfig {
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
  readonly inhibit: readonly InhibitRule[];
  readonly resolveTimeout: number;
}

const HEAD =
  `# How Fenghuo routes alerts, in Alertmanager's words. It is configured in fenghuo.yaml and in the console.
# Two things have no words here: a group that an address names, and that the label team counts only where no rule matches.
`;

/** The routing as a file that Alertmanager's tools read. Holds no secret. */
export function configText({ groups, rules, inhibit, resolveTimeout }: RoutingConfig): string {
  const routeTo = (id: string, matchers: readonly Condition[]): string[] => [
    `    - receiver: ${quote(id)}`,
    `      matchers: ${matcherList(matchers)}`,
    ...groupingOf(groups.get(id)).map((line) => `      ${line}`),
  ];
  const byRules = rules.map(({ group, matchers }) => [...routeTo(group, matchers), "      continue: true"]);
  const owners = new Set([...groups.values()].map(({ owner }) => owner));
  const byTeam = [...owners].flatMap((owner) => {
    const group = groupOfOwner(owner, groups);
    return group ? [routeTo(group.id, [{ name: "team", operator: "=", value: owner }])] : [];
  });
  const routes = [...byRules, ...byTeam].flat();
  return HEAD + [
    `global: { resolve_timeout: ${formatDuration(resolveTimeout)} }`,
    "route:",
    `  receiver: ${quote(DEFAULT_GROUP)}`,
    ...groupingOf(groups.get(DEFAULT_GROUP)).map((line) => `  ${line}`),
    ...routes.length === 0 ? [] : ["  routes:", ...routes],
    "receivers:",
    ...[...groups.keys()].map((id) => `  - name: ${quote(id)}`),
    ...inhibit.length === 0 ? [] : ["inhibit_rules:"],
    ...inhibit.flatMap(({ source, target, equal }) => [
      `  - source_matchers: ${matcherList(source)}`,
      `    target_matchers: ${matcherList(target)}`,
      `    equal: ${list(equal)}`,
    ]),
    "",
  ].join("\n");
}

/** The grouping of a route's alerts. Without `group_by` each alert notifies separately, at once. */
function groupingOf(group: Pick<Group, "grouping"> | undefined): string[] {
  const { by, wait, interval, repeat } = group?.grouping ?? { by: [ALL_LABELS], wait: 0 };
  return Object.entries({ group_wait: wait, group_interval: interval, repeat_interval: repeat })
    .flatMap(([name, ms]) => ms === undefined ? [] : [`${name}: ${formatDuration(ms)}`])
    .toSpliced(0, 0, `group_by: ${list(by)}`);
}

/** JSON's strings are YAML's. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function matcherList(matchers: readonly Condition[]): string {
  return list(matchers.map(formatMatcher));
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quote).join(", ")}]`;
}
