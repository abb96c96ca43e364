import type { Channel } from "../../../relay/channel.ts";
import { QueueSelection, type SelectionOptions } from "../../../relay/delivery/queue_selection.ts";

/** The time of the tests of selections. */
export const NOW = Date.UTC(2026, 0, 31, 8);

/** A channel without limits. */
export const channel = { name: "c", config: undefined, sample: {} } as unknown as Channel;

/** A selection of a lane in which nothing is in flight, awaited, refused or begun, unless the options say so. */
export function selectionOf(
  options: Pick<SelectionOptions, "find"> & Partial<SelectionOptions>,
): QueueSelection {
  return new QueueSelection({
    now: NOW,
    lane: "lane",
    isTaken: () => false,
    isBusy: () => false,
    isAwaited: () => false,
    holds: () => false,
    channelOf: () => channel,
    folding: false,
    digests: [],
    refusals: new Map(),
    ...options,
  });
}
