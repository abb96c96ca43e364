import { DEFAULT_GROUP, type Group } from "../../relay/domain/group.ts";
import type { InhibitRule } from "../../relay/domain/inhibition.ts";
import { formatMatcher, type Matcher } from "../../relay/domain/matcher.ts";
import { groupOfOwner, type Rule } from "../../relay/domain/rules.ts";

/** The parts of the configuration that Alertmanager has words for. */
export interface RoutingConfig {
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
  readonly inhibit: readonly InhibitRule[];
}

const HEAD =
  `# How Fenghuo routes alerts, in Alertmanager's words. It is configured in fenghuo.yaml and in the console.
# Two things have no words here: a group that an address names, and that the label team counts only where no rule matches.
`;

/** The routing as a file that Alertmanager's tools read. Holds no secret. */
export function configText({ groups, rules, inhibit }: RoutingConfig): string {
  const byRules = rules.map(({ group, matchers }) => [
    `    - receiver: ${quote(group)}`,
    `      matchers: ${matcherList(matchers)}`,
    "      continue: true",
  ]);
  const owners = new Set([...groups.values()].map(({ owner }) => owner));
  const byTeam = [...owners].flatMap((owner) => {
    const group = groupOfOwner(owner, groups);
    const matcher = formatMatcher({ name: "team", operator: "=", value: owner });
    return group ? [[`    - receiver: ${quote(group.id)}`, `      matchers: ${list([matcher])}`]] : [];
  });
  const routes = [...byRules, ...byTeam].flat();
  return HEAD + [
    "route:",
    `  receiver: ${quote(DEFAULT_GROUP)}`,
    `  group_by: ["..."]`,
    "  group_wait: 0s",
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

/** JSON's strings are YAML's. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function matcherList(matchers: readonly Matcher[]): string {
  return list(matchers.map(formatMatcher));
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quote).join(", ")}]`;
}
