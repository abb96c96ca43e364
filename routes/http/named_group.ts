import type { Config } from "../../relay/config/mod.ts";
import { groupOfOwner } from "../../relay/domain/rules.ts";

/**
 * The group that the rest of a door's path names: `owner/level`, or one word for an alias or an owner. An unknown
 * name is returned unchanged: its alerts fall back to the default group with the reason `unknown_group`.
 *
 * @returns `undefined` when the path is empty: the rules route by labels
 */
export function groupNamed(
  rest: string,
  { aliases, groups }: Pick<Config, "aliases" | "groups">,
): string | undefined {
  if (rest === "") return undefined;
  if (rest.includes("/")) return rest;
  return aliases.get(rest) ?? groupOfOwner(rest, groups)?.id ?? rest;
}
