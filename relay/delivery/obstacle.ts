import { defined } from "../base/defined.ts";
import type { Clock } from "../base/clock.ts";
import type { Step } from "../channel.ts";
import { type Destination, findDestination, type GroupLookup } from "../domain/group.ts";
import { CLOCK_SKEW, holdOf, type LaneRecord } from "../store/lane_record.ts";
import type { Store } from "../store/store.ts";
import { failureBefore } from "./behind.ts";

/**
 * For the answer to a waiting caller; queue_selection.ts decides about sending. Returns the reason why a destination
 * receives nothing now, from its lane's record: its vendor fails or refuses its config. A throttle is no obstacle:
 * the vendor accepts the messages when it ends.
 *
 * @returns `undefined` without an obstacle
 */
export function obstacleOf(
  record: LaneRecord | undefined,
  { configHash }: Pick<Destination, "configHash">,
  now: number,
): { readonly because: string; readonly step?: Step } | undefined {
  const hold = record && holdOf(record, configHash, now);
  // A refused config whose next probe is due may be probed with this very message.
  if (!hold || hold.kind === "throttled" || hold.until <= now || hold.at > now + CLOCK_SKEW) return undefined;
  const { because, step } = hold;
  return defined({ because, step });
}

/**
 * Finds the reason why a delivery that was just queued is not attempted now; `undefined` if it is. The returned
 * function may reject.
 */
export function obstacleFinder(
  { groups, store, clock }: {
    groups: Pick<GroupLookup, "get">;
    store: Pick<Store, "outbox" | "queues" | "deliveries" | "isShared">;
    clock: Clock;
  },
): (delivery: { id: string; destination: string }) => ReturnType<typeof failureBefore> {
  return async ({ id, destination: destinationId }) => {
    const { destination } = findDestination(destinationId, groups) ?? {};
    if (!destination) return undefined;
    const { lane } = destination;
    return obstacleOf(await store.outbox.record(lane), destination, clock.now()) ??
      // On a local file this process's own courier reports failures at once.
      (store.isShared ? await failureBefore({ lane, id }, store) : undefined);
  };
}
