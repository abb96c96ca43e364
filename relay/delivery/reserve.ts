import { limitsOf } from "../channel/options.ts";
import { StoreError } from "../store/errors.ts";
import { stateOf, withDigest } from "../store/lane_record.ts";
import { type Attempt, type Reservation, startWithin } from "./attempt.ts";
import { budgetOf, spend } from "./budget.ts";
import type { LaneWork } from "./lane_work.ts";
import type { Batch } from "./batch.ts";

/** The most delivered but unwritten results: after a crash no more than these are sent again. */
const MAX_UNWRITTEN = 300;

/**
 * Wait until the channel accepts one more message, then reserve it. The budget slot and the mark of a digest are written
 * before the message is sent, so that after a crash the next holder of the lane finds both.
 *
 * @returns `undefined` when it cannot be sent now and the queue must be selected again
 */
export async function reserve(batch: Batch, lane: LaneWork): Promise<Attempt | undefined> {
  const { channel, destination } = batch;
  const { inFlight, lease, settlements, tools: { clock }, wakeup } = lane;
  const { parallel = 1 } = limitsOf(channel, destination.config);
  while (inFlight.sending >= parallel || settlements.size > MAX_UNWRITTEN) await wakeup.wait();
  if (lane.isOver || lane.pause()) return undefined;
  // The config may have been refused since the selection, for an earlier message.
  if ((lane.refusals().get(destination.configHash)?.until ?? 0) > clock.now()) return undefined;
  try {
    const reservation = await spendFor(batch, lane);
    return lease.lost ? undefined : { batch, reservation, lease };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    await settlements.pause();
    return undefined;
  }
}

async function spendFor(
  { rates, digest, destination }: Batch,
  { lease, tools: { clock, store, sendTimeout } }: LaneWork,
): Promise<Reservation> {
  const timeout = destination.timeout ?? sendTimeout;
  const latest = clock.now() + startWithin(timeout) + timeout;
  const skew = store.clockSkew;
  const budget = budgetOf({ digest });
  const slot = rates.length > 0 ? { budget, rates, at: latest + skew, skew } : undefined;
  if (slot || digest || !lease.maySend) {
    await lease.settle((record) => {
      const begun = digest ? withDigest(stateOf(record), digest) : stateOf(record);
      if (!slot) return { state: begun };
      const now = clock.now();
      const spent = spend(record[budget] ?? {}, rates, { now, at: slot.at });
      return { state: { ...begun, [budget]: spent, ...budget === "spent" ? { last: now } : {} } };
    });
  }
  return { slot, timeout, latest };
}
