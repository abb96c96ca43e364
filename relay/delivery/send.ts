import { defined } from "../base/defined.ts";
import type { Message } from "../channel.ts";
import type { Progress } from "../domain/progress.ts";
import type { Queued } from "../domain/record.ts";
import type { LaneWork } from "./lane_work.ts";
import { type Attempt, mayStart } from "./attempt.ts";
import { threadOf } from "./digest_edit.ts";
import { messageTo, NO_PROGRESS, turnOf, whenNobodyIsLeft } from "./one_by_one.ts";
import { isAboutPast, withEarlier } from "./threads.ts";
import { type Judged, prepareCall } from "./vendor_call.ts";

/**
 * Send a message if its lease and its slot still allow it: as a whole, or to the next of its recipients.
 *
 * @param covered The deliveries in it
 * @returns `undefined` when it was not sent or was aborted. @throws StoreError
 */
export async function send(
  message: Message,
  { covered, attempt }: { covered: readonly Queued[]; attempt: Attempt },
  lane: LaneWork,
): Promise<Judged | undefined> {
  const { batch } = attempt;
  const { clock, store } = lane.tools;
  const isPast = await isAboutPast(covered, store);
  if (batch.channel.per !== "recipient") {
    const edits = batch.digest?.edits;
    const threaded = edits === undefined
      ? await withEarlier(message, { batch, covered, isPast }, store.receipts)
      : { ...message, ...defined({ earlier: await store.receipts.of(threadOf(batch.destination, edits)) }) };
    const judged = await call(threaded, attempt, lane);
    return judged && { ...judged, isPast };
  }
  const turn = turnOf(message, batch.channel, await progressOf(message, covered, lane));
  if (!turn.next) {
    const verdict = whenNobodyIsLeft(turn);
    const { kind, because } = verdict;
    return { verdict, unasked: true, turn, record: { at: clock.now(), ms: 0, verdict: kind, because } };
  }
  const { id: recipient } = turn.next;
  const own = await withOwnLinks(messageTo(message, turn.next), attempt, lane);
  const threaded = await withEarlier(own, { batch, covered, recipient, isPast }, store.receipts);
  const judged = await call(threaded, attempt, lane);
  return judged && { ...judged, record: { ...judged.record, recipient }, turn, isPast };
}

/** The message with links that name its only recipient. */
async function withOwnLinks(
  message: Message,
  { batch: { destination } }: Attempt,
  { tools: { clock, renderer } }: LaneWork,
): Promise<Message> {
  if (!message.actions) return message;
  const to = { destination: destination.id, member: message.recipients[0]!.id, now: clock.now() };
  const actions = await renderer.actions(message, to);
  return actions ? { ...message, actions } : message;
}

/** The stored progress of the message. After a person has sent a failed delivery again, every recipient is tried anew. */
async function progressOf(
  { id }: Message,
  covered: readonly Queued[],
  { tools: { store } }: LaneWork,
): Promise<Progress> {
  const stored = await store.progress.of(id);
  const times = covered.flatMap(({ again }) => again?.at ?? []);
  const begin = times.length > 0 ? { ...NO_PROGRESS, again: Math.max(...times) } : NO_PROGRESS;
  return stored && stored.again === begin.again ? stored : begin;
}

async function call(
  message: Message,
  attempt: Attempt,
  { connections, cut, tools: { channels, clock, send, stopping, store } }: LaneWork,
): Promise<Judged | undefined> {
  const { batch: { channel, destination }, reservation: { timeout } } = attempt;
  const call = await prepareCall(message, {
    channel,
    destination,
    send,
    caches: store.caches,
    connections,
    clock,
    faults: channels.faults,
    timeout,
    signal: cut,
  });
  // No await between this check and the send: a delayed courier must not send after the lane's next holder.
  if (stopping.aborted || !mayStart(attempt, clock.now())) return undefined;
  const result = await call();
  return "stopped" in result ? undefined : { ...result, hadEarlier: message.earlier !== undefined };
}
