/** The channel of a lane, whose name consists of it and a hash. */
export function channelOf(lane: string): string {
  return lane.replace(/-[^-]*$/, "");
}
