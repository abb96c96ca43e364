import type { GroupLookup } from "../domain/group.ts";
import type { Routing } from "../domain/record.ts";
import type { Routed } from "../domain/rules.ts";

/** The routes of a logged alert to those of its groups that still exist. */
export function storedRoutes(routing: readonly Routing[], groups: Pick<GroupLookup, "get">): Routed[] {
  return routing.flatMap(({ group: id, by, rule }) => {
    const group = groups.get(id);
    return group ? [{ group, by, ...rule === undefined ? {} : { rule } }] : [];
  });
}
