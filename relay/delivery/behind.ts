import { defined } from "../base/defined.ts";
import type { DeliveryRecords } from "../store/delivery_records.ts";
import type { LaneQueues } from "../store/lane_queues.ts";
import type { FirstAttemptWaiters } from "../intake/first_attempts.ts";
import type { Step } from "../channel.ts";
import type { Queued } from "../domain/record.ts";
import type { BlockedDelivery } from "./batch.ts";

/** The reason why an attempt failed. */
interface AttemptFailure {
  readonly because: string;
  readonly step?: Step;
}

/**
 * Answers callers whose deliveries wait behind an earlier, failed delivery of the same incident. The failure is already
 * known, so they need not wait for an attempt of their own.
 */
export async function answerBehind(
  behind: readonly BlockedDelivery[],
  { deliveries, waiters }: { deliveries: Pick<DeliveryRecords, "get">; waiters: FirstAttemptWaiters },
): Promise<void> {
  for (const { entry, first } of behind) {
    // If the failure cannot be read now, the caller waits for the attempt.
    const failure = await failureOf(first, deliveries).catch(() => undefined);
    if (failure) waiters.report(entry.id, { state: "failed", ...failure });
  }
}

/** The position of a delivery: its lane and its id. */
interface LanePosition {
  readonly lane: string;
  readonly id: string;
}

/**
 * The reason why a delivery that was just queued is not attempted yet: an earlier delivery of its incident has failed
 * and takes precedence. For a shared store, whose lane may be leased to another instance without this caller.
 *
 * @throws StoreError
 */
export async function failureBefore(
  { lane, id }: LanePosition,
  { queues, deliveries }: { queues: Pick<LaneQueues, "before">; deliveries: Pick<DeliveryRecords, "get"> },
): Promise<AttemptFailure | undefined> {
  const waiting = await queues.before(lane, id);
  const own = waiting.find((entry) => entry.id === id);
  if (!own) return undefined;
  const { fingerprint, destination } = own;
  const [first] = waiting
    .filter((one) => one.id < id && one.fingerprint === fingerprint && one.destination === destination)
    .sort((a, b) => a.id < b.id ? -1 : 1);
  return first && await failureOf(first, deliveries);
}

/** The result of the last attempt, if it failed. A throttle is not a failure. */
async function failureOf(
  entry: Queued,
  deliveries: Pick<DeliveryRecords, "get">,
): Promise<AttemptFailure | undefined> {
  const last = (await deliveries.get(entry))?.attempts.at(-1);
  if (!last || last.verdict === "throttled" || last.verdict === "delivered") return undefined;
  return defined({ because: last.because, step: last.step });
}
