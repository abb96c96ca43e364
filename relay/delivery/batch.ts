import type { Channel, Rate } from "../channel.ts";
import type { FoundDestination } from "../domain/group.ts";
import type { Queued } from "../domain/record.ts";
import type { DigestMark, VendorRefusal } from "../store/lane_record.ts";

/** Deliveries to one destination that are sent as one message. */
export interface Batch extends FoundDestination {
  readonly channel: Channel;
  readonly entries: readonly Queued[];
  /** The rate limits of the destination. */
  readonly rates: readonly Rate[];
  /** Set when it is a digest: one line an alert. */
  readonly digest?: DigestMark;
  /** Set when some of its recipients already got it, as a message of this kind. */
  readonly partly?: Queued["partly"];
  /** Set when the vendor has refused the destination's config: the message is a probe. */
  readonly refusal?: VendorRefusal;
}

/** A delivery that is not sent because the vendor refuses the destination's config. */
export interface RefusedDelivery {
  readonly entry: Queued;
  readonly found: FoundDestination;
  readonly refusal: VendorRefusal;
}

/** A delivery that waits for an earlier one of its incident, which has failed and will be retried. */
export interface BlockedDelivery {
  readonly entry: Queued;
  readonly first: Queued;
}

/** The deliveries to a destination that a digest may combine. */
export type Foldable = Omit<Batch, "entries" | "digest" | "partly"> & { readonly entries: Queued[] };
