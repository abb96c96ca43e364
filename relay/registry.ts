import type { Channel } from "./channel.ts";

/** The channels that were found, as the relay sees them: it never imports one. */
export interface ChannelRegistry {
  /** The channel of this name, when it could be loaded. */
  get(name: string): Channel | undefined;
  /**
   * What could not be loaded → one sentence that says why. The key is the channel's name, or the file's address when a
   * channel of that name is there already.
   */
  readonly broken: ReadonlyMap<string, string>;
  /** The names of the channels that could be loaded, sorted. */
  names(): string[];
}
