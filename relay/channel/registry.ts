import type { Channel } from "./channel.ts";

/** The channels that were found, as the relay sees them: it never imports one. */
export interface ChannelRegistry {
  /** The channel of this name, when it was loaded and could be. */
  get(name: string): Channel | undefined;
  /**
   * What could not be loaded → one sentence that says why. The key is the channel's name, or the file's address when a
   * channel of that name is there already.
   */
  readonly broken: ReadonlyMap<string, string>;
  /** The names of the channels that are there, sorted; none that was found to be broken. */
  names(): string[];
  /**
   * Load the channels of these names, or all of them; what is loaded already costs nothing. It does not fail: one that
   * cannot be loaded is `broken`, and a name that no channel has is nothing.
   */
  load(names?: readonly string[]): Promise<void>;
}
