import type { Group } from "../domain/group.ts";
import { isWithin, MAX_REACH, type Reach, reachOf, withinReach } from "../domain/reach.ts";
import { indexOf } from "../domain/rule_index.ts";
import { route, type Rule } from "../domain/rules.ts";

/** The complaint about groups that one alert cannot reach together. */
export function tooFar({ groups, destinations }: Reach): string {
  return `would send one alert to ${destinations} destinations in ${groups} ${
    groups === 1 ? "group" : "groups"
  }; at most ${MAX_REACH.destinations} in ${MAX_REACH.groups} groups are allowed`;
}

/**
 * The rules whose alerts would reach too many destinations together with the rules before them, with a complaint.
 * Each rule is checked with an alert that has its named values. Conditions that only expressions decide are checked
 * when an alert arrives: otherwise all pairs of them would have to be tested.
 */
export function rulesBeyond(
  rules: readonly Rule[],
  groups: ReadonlyMap<string, Group>,
): { readonly rule: number; readonly message: string }[] {
  const found = new Map<number, string>();
  const tried = new Set<string>();
  for (const { matchers } of rules) {
    const labels = Object.fromEntries(
      matchers.flatMap(({ name, values }) => values ? [[name, values.values().next().value!]] : []),
    );
    const sample = JSON.stringify(labels);
    if (tried.has(sample)) continue;
    tried.add(sample);
    const near = indexOf(rules).naming(labels).flatMap((rule) => groups.get(rules[rule]!.group) ?? []);
    if (isWithin([...new Set(near)])) continue;
    const routed = route(labels, { rules, groups });
    const message = `${tooFar(reachOf(routed.map(({ group }) => group)))}, together with other rules`;
    for (const { rule } of withinReach(routed).beyond) {
      if (rule !== undefined && !found.has(rule)) found.set(rule, message);
    }
  }
  return [...found].map(([rule, message]) => ({ rule, message }));
}
