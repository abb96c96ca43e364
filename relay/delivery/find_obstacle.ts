import type { Clock } from "../base/clock.ts";
import { findDestination, type GroupLookup } from "../domain/group.ts";
import type { Store } from "../store/store.ts";
import { failureBefore } from "./behind.ts";
import { obstacleOf } from "./obstacle.ts";

/** Answers why a delivery that was just queued is not tried now; `undefined` when nothing is in its way. It may fail. */
export function obstacleFinder(
  { groups, store: { outbox, exclusive }, clock }: {
    groups: Pick<GroupLookup, "get">;
    store: Pick<Store, "outbox" | "exclusive">;
    clock: Clock;
  },
): (delivery: { id: string; destination: string }) => ReturnType<typeof failureBefore> {
  return async ({ id, destination: destinationId }) => {
    const { destination } = findDestination(destinationId, groups) ?? {};
    if (!destination) return undefined;
    const { lane } = destination;
    return obstacleOf(await outbox.record(lane), destination, clock.now()) ??
      // On an exclusive store this process's own courier reports failures at once.
      (exclusive ? undefined : await failureBefore({ lane, id }, outbox));
  };
}
