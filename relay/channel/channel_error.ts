/** An error in a channel's own code. Trying again does not cure it; its author does. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
}
