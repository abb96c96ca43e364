import { labelOf, type Labels } from "./alert.ts";
import { DEFAULT_GROUP, type Group } from "./group.ts";
import { formatMatcher, type Matcher, matches, matchesAll } from "./matcher.ts";
import { indexOf } from "./rule_index.ts";

/** Label matchers → group. */
export interface Rule {
  /** All of them must match. */
  readonly matchers: readonly Matcher[];
  /** `owner/level` */
  readonly group: string;
}

/**
 * The reason why an alert is routed to a group: the caller named it, a rule or the label `team` matched, nothing
 * matched, the named group does not exist, the target that the caller named cannot be used, or it is a fire drill.
 */
export type RoutedBy =
  | "named"
  | "rule"
  | "team"
  | "default"
  | "unknown_group"
  | "unusable_target"
  | "told_before"
  | "drill";

/** A group that an alert goes to, with the reason. */
export interface Routed {
  readonly group: Group;
  readonly by: RoutedBy;
  /** Which rule, counted from 0; with `by: "rule"`. */
  readonly rule?: number;
}

/**
 * The groups that an alert goes to; at least one. The first step that yields a group wins: the group that the caller
 * named > every matching rule > the label `team` > the default group.
 *
 * @param named The `owner/level` that the caller asked for.
 */
export function route(
  labels: Labels,
  { named, rules, groups }: {
    named?: string | undefined;
    rules: readonly Rule[];
    groups: ReadonlyMap<string, Group>;
  },
): readonly Routed[] {
  if (named !== undefined) {
    const group = groups.get(named);
    return [
      group === undefined ? { group: defaultGroup(groups), by: "unknown_group" } : { group, by: "named" },
    ];
  }
  const ruled = byRules(labels, rules, groups);
  if (ruled.length > 0) return ruled;
  const team = labelOf(labels, "team");
  const group = team === undefined ? undefined : groupOfOwner(team, groups);
  return [group === undefined ? { group: defaultGroup(groups), by: "default" } : { group, by: "team" }];
}

/** Whether a rule matches these labels, and why. */
export interface RuleTrial {
  /** `owner/level` */
  readonly group: string;
  readonly matches: boolean;
  readonly matchers: readonly {
    /** The matcher's text: `severity=~"critical|warning"`. */
    readonly matcher: string;
    /** The label's value; empty when it is missing. */
    readonly value: string;
    readonly matches: boolean;
  }[];
}

/** Try each rule on these labels. */
export function tryRules(labels: Labels, rules: readonly Rule[]): RuleTrial[] {
  return rules.map(({ group, matchers }) => {
    const tried = matchers.map((matcher) => ({
      matcher: formatMatcher(matcher),
      value: labelOf(labels, matcher.name) ?? "",
      matches: matches(matcher, labels),
    }));
    return { group, matches: tried.every(({ matches }) => matches), matchers: tried };
  });
}

/** The groups of all matching rules, each once with its first rule. */
function byRules(labels: Labels, rules: readonly Rule[], groups: ReadonlyMap<string, Group>): Routed[] {
  const routed = new Map<string, Routed>();
  for (const index of indexOf(rules).candidates(labels)) {
    const rule = rules[index]!;
    const group = groups.get(rule.group);
    if (group === undefined || routed.has(group.id)) continue;
    if (matchesAll(rule.matchers, labels)) {
      routed.set(group.id, { group, by: "rule", rule: index });
    }
  }
  return [...routed.values()];
}

/** The group of an owner that is named without a level: `<owner>/default`, or the only one of that owner. */
export function groupOfOwner(name: string, groups: ReadonlyMap<string, Group>): Group | undefined {
  const group = groups.get(`${name}/default`);
  // With the label `a/b`, the id may be of the owner `a` with the level `b/default`, so the owner must match.
  if (group?.owner === name) return group;
  const owned = ownersOf(groups).get(name) ?? [];
  return owned.length === 1 ? owned[0] : undefined;
}

const owners = new WeakMap<ReadonlyMap<string, Group>, ReadonlyMap<string, readonly Group[]>>();

/** Groups by owner, made once for each state of the configuration. */
function ownersOf(groups: ReadonlyMap<string, Group>): ReadonlyMap<string, readonly Group[]> {
  let byOwner = owners.get(groups);
  if (!byOwner) owners.set(groups, byOwner = Map.groupBy(groups.values(), ({ owner }) => owner));
  return byOwner;
}

/** The group that alerts fall back to when nothing else matches. */
export function defaultGroup(groups: ReadonlyMap<string, Group>): Group {
  const group = groups.get(DEFAULT_GROUP);
  if (group === undefined) throw new Error(`Cannot route: there is no group "${DEFAULT_GROUP}"`);
  return group;
}
