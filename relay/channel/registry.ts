import type { Channel } from "./channel.ts";
import type { ChannelFaults } from "./channel_faults.ts";

/** The channels that were found. The relay uses this interface and never imports a channel. */
export interface ChannelRegistry {
  /** The channel of this name, if it was loaded successfully. */
  get(name: string): Channel | undefined;
  /**
   * The channels that could not be loaded → one sentence with the cause. The key is the channel's name, or the file's address
   * if a channel of that name exists already.
   */
  readonly broken: ReadonlyMap<string, string>;
  /** What is wrong with channels that were loaded. */
  readonly faults: ChannelFaults;
  /** The names of the channels, sorted, without broken ones. */
  names(): string[];
  /**
   * Loads the channels of these names, or all; loaded ones cost nothing. It does not fail: a channel that cannot be loaded is
   * added to `broken`, and an unknown name is ignored.
   */
  load(names?: readonly string[]): Promise<void>;
}
