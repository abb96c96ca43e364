import type { Channel } from "../channel.ts";
import type { Destination, Group } from "../domain/group.ts";

/** A destination whose vendor calls back. */
export interface CallbackTarget {
  readonly destination: Destination;
  readonly group: Group;
  readonly channel: Channel;
}
