/**
 * The delivery pipeline, from top to bottom. A lane is claimed; then, until nothing in it is due, messages are
 * selected, and each of them is reserved, rendered, sent, judged and settled.
 *
 * The ownership of the whole lane guarantees order: of one incident at one destination only one delivery is in
 * flight, and a later one waits for it.
 *
 * @module
 */
import { StoreError } from "../store/errors.ts";
import type { Attempt } from "./attempt.ts";
import { judge, judgeFault, type Judgement } from "./judge.ts";
import { claim } from "./lane_lease.ts";
import { GLANCE, LaneQueue, type LaneRest } from "./lane_queue.ts";
import { type DeliveryTools, LaneWork } from "./lane_work.ts";
import { renderBatch } from "./render_batch.ts";
import { renderEdit } from "./render_edit.ts";
import { reserve } from "./reserve.ts";
import { send } from "./send.ts";
import { settle } from "./settle.ts";
import type { Wakeup } from "./wakeup.ts";

/** Milliseconds until a retry of a lane whose work was interrupted. */
const INTERRUPTED_WAIT = 1_000;

/** Delivers everything due in a lane. `wakeup`: set when the lane gets work. */
export async function workOn(name: string, wakeup: Wakeup, tools: DeliveryTools): Promise<LaneRest> {
  const claimed = await claim(name, tools);
  if ("heldUntil" in claimed) {
    return { kind: "held", at: claimed.heldUntil, deafUntil: tools.clock.now() + GLANCE };
  }
  const lane = new LaneWork(claimed, wakeup, tools);
  const queue = new LaneQueue(lane);
  try {
    await lane.lookForProof();
    while (!lane.isOver) {
      if (lane.fault) throw lane.fault;
      const selected = await queue.select();
      if (selected.rest) return { ...selected.rest, watched: !lane.lease.held };
      for (const batch of selected.batches) {
        const attempt = await reserve(batch, lane); // awaited here, because the next selection depends on the budget
        if (!attempt) break;
        void deliver(attempt, lane);
      }
    }
    return { kind: "wait", at: tools.clock.now() + INTERRUPTED_WAIT };
  } finally {
    await lane.close();
  }
}

/** Deliver one message and write its results. Deliveries without a written result stay in the queue. Never rejects. */
async function deliver(attempt: Attempt, lane: LaneWork): Promise<void> {
  lane.inFlight.begin(attempt);
  try {
    const judgement = await judgementOf(attempt, lane);
    await settle(judgement, attempt, lane);
  } catch (error) {
    if (error instanceof StoreError) await lane.settlements.pause(); // nothing was sent: the alerts could not be read
    else lane.fault ??= error;
  } finally {
    lane.inFlight.end(attempt);
  }
}

/** Send a message and judge the answer. A fault of the relay itself is a `retry`, never a lost delivery. */
async function judgementOf(attempt: Attempt, lane: LaneWork): Promise<Judgement> {
  try {
    const renderer = attempt.batch.digest?.edits === undefined ? renderBatch : renderEdit;
    const { message, ...rendered } = await renderer(attempt.batch, lane.tools);
    if (!message) return judge(rendered, undefined, attempt, lane.tools);
    const { covered } = rendered;
    const sent = await send(message, { covered, attempt }, lane);
    return judge({ ...rendered, message }, sent, attempt, lane.tools);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    return judgeFault(error, attempt, lane.tools);
  }
}
