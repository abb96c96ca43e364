/** An error in a channel's own code: only a change of the plugin fixes it, not a retry. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
}
