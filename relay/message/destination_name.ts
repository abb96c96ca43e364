import { findDestination, type GroupLookup } from "../domain/group.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { titleOfChannel } from "./dictionary.ts";

/**
 * The display name of a destination, in the language of its group: the channel's title, and the destination's own name if
 * it differs. For a removed destination, its id.
 */
export function destinationName(
  id: string,
  { groups, channels }: { groups: Pick<GroupLookup, "get">; channels: Pick<ChannelRegistry, "get"> },
): string {
  const { destination, group } = findDestination(id, groups) ?? {};
  if (!destination || !group) return id;
  const title = titleOfChannel(destination.channel, { channels, locale: group.locale });
  return destination.name === destination.channel ? title : `${title} (${destination.name})`;
}
