import { DEFAULT_GROUP, type Group } from "../../relay/domain/group.ts";
import { formatMatcher } from "../../relay/domain/matcher.ts";
import { groupOfOwner, type Rule } from "../../relay/domain/rules.ts";

/** The parts of the configuration that Alertmanager has words for. */
export interface RoutingConfig {
  readonly groups: ReadonlyMap<string, Group>;
  readonly rules: readonly Rule[];
}

const HEAD =
  `# How Fenghuo routes alerts, in Alertmanager's words. It is configured in fenghuo.yaml and in the console.
# Two things have no words here: a group that an address names, and that the label team counts only where no rule matches.
`;

/** The routing as a file that Alertmanager's tools read. Holds no secret. */
export function configText({ groups, rules }: RoutingConfig): string {
  const byRules = rules.map(({ group, matchers }) => [
    `    - receiver: ${quote(group)}`,
    `      matchers: ${list(matchers.map(formatMatcher))}`,
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
    "",
  ].join("\n");
}

/** JSON's strings are YAML's. */
function quote(text: string): string {
  return JSON.stringify(text);
}

function list(texts: readonly string[]): string {
  return `[${texts.map(quote).join(", ")}]`;
}
