import { formatMatcher } from "../../../relay/domain/matcher.ts";
import type { Group } from "../../../relay/domain/group.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import type { Relay } from "../../../relay/relay.ts";

/** The most open incidents on the page of a group, and the time limit of the search for them, in milliseconds. */
const SHOWN = { limit: 8, budget: 300 };

/** The newest open incidents of a group. @throws StoreError */
export async function openIncidentsOf(
  { id }: Group,
  { query }: Relay,
): Promise<{ incidents: readonly Incident[]; isMore: boolean }> {
  const { incidents, next } = await query.incidents.find({ state: "open", group: id }, SHOWN);
  return { incidents, isMore: next !== undefined };
}

/** The rules that route to a group, with their positions. */
export function rulesOf(
  { id }: Group,
  { query: { config } }: Relay,
): { position: number; match: string[] }[] {
  return config.rules.flatMap(({ group, matchers }, index) =>
    group === id ? [{ position: index + 1, match: matchers.map((matcher) => formatMatcher(matcher)) }] : []
  );
}
