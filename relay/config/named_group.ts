import { groupOfOwner } from "../domain/rules.ts";
import type { Config } from "./config.ts";

/**
 * The group that a sender names: `owner/level`, or one word for an alias or an owner. An unknown name is returned
 * unchanged: its alerts fall back to the default group with the reason `unknown_group`.
 *
 * @returns `undefined` when the name is empty: the rules route by labels
 */
export function groupNamed(
  name: string,
  { aliases, groups }: Pick<Config, "aliases" | "groups">,
): string | undefined {
  if (name === "") return undefined;
  if (name.includes("/")) return name;
  return aliases.get(name) ?? groupOfOwner(name, groups)?.id ?? name;
}
