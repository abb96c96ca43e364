/** The channel of a lane, which is named for it and a hash. */
export function channelOf(lane: string): string {
  return lane.replace(/-[^-]*$/, "");
}
