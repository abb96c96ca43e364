import { BUILT_IN } from "../../channels.ts";
import type { Channel } from "../../relay/channel.ts";
import { type DiscoveryOptions, findChannels } from "../../relay/channel/discovery.ts";
import type { ChannelRegistry } from "../../relay/channel/registry.ts";

/** All channels, loaded. */
export async function discover(options: DiscoveryOptions = {}): Promise<ChannelRegistry> {
  const channels = findChannels(BUILT_IN, options);
  await channels.load();
  return channels;
}

/** The built-in channels, one of them changed. */
export async function withChannel(
  name: string,
  change: (usual: Channel) => Channel,
): Promise<ChannelRegistry> {
  const channels = await discover();
  const changed = change(channels.get(name)!);
  return {
    get: (other) => other === name ? changed : channels.get(other),
    broken: channels.broken,
    faults: channels.faults,
    names: () => channels.names(),
    load: (names) => channels.load(names),
  };
}
