import type { Group } from "./group.ts";
import { mostRoutingBytes } from "./record.ts";
import type { Routed } from "./rules.ts";

/** The reach of one alert. */
export interface Reach {
  readonly groups: number;
  readonly destinations: number;
}

/**
 * The largest reach of one alert, for a company of any size: all its records are one atomic of at most 1,000
 * mutations, in which each destination takes one, and its incident, with a window for each group, is one value of 64
 * KiB.
 */
export const MAX_REACH: Reach = { groups: 200, destinations: 500 };

/** The log's record of its routing shares a value of 64 KiB with the alert itself. */
const MAX_ROUTING_BYTES = 44_000;

/** The reach of groups together. */
export function reachOf(groups: readonly Group[]): Reach {
  return {
    groups: groups.length,
    destinations: groups.reduce((sum, { destinations }) => sum + destinations.length, 0),
  };
}

/** The first routes that one alert can reach, and those beyond. */
export function withinReach(
  routes: readonly Routed[],
): { routes: readonly Routed[]; beyond: readonly Routed[] } {
  if (isWithin(routes.map(({ group }) => group))) return { routes, beyond: [] };
  const reached: Routed[] = [];
  const beyond: Routed[] = [];
  for (const routed of routes) {
    // A smaller group after one that is too large is still reached.
    if (isWithin([...reached.map(({ group }) => group), routed.group])) reached.push(routed);
    else beyond.push(routed);
  }
  return { routes: reached, beyond };
}

/** Bytes of a group and of a destination in the routing, at most: ids have up to 60 bytes a part. */
const GROUP_BYTES = 280;
const DESTINATION_BYTES = 190;

/** Whether one alert can reach all of these groups. */
export function isWithin(groups: readonly Group[]): boolean {
  const { destinations } = reachOf(groups);
  if (groups.length * GROUP_BYTES + destinations * DESTINATION_BYTES <= MAX_ROUTING_BYTES) return true; // nearly always
  return groups.length <= MAX_REACH.groups && destinations <= MAX_REACH.destinations &&
    mostRoutingBytes(groups) <= MAX_ROUTING_BYTES;
}
