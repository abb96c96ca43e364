import type { Queued } from "../domain/record.ts";
import { digestsOf, type Pause } from "../store/lane_record.ts";
import { answerBehind } from "./behind.ts";
import { coalesce } from "./coalesce.ts";
import { editableDigests } from "./digest_edit.ts";
import { type FallbackCause, fallOver, insteadOfRefused } from "./fallback.ts";
import type { LaneWork } from "./lane_work.ts";
import { type NextBatches, nextBatches } from "./next_batches.ts";
import type { Batch, RefusedDelivery } from "./batch.ts";
import { QueueSelection } from "./queue_selection.ts";
import { isHeldBack } from "./queued.ts";
import { isRecovering, patienceOf } from "./retry.ts";
import { COMMIT_WAIT } from "./settlement_writer.ts";
import { secondLook } from "./second_look.ts";
import { dead, type DeliveryResult, overtaken } from "./delivery_result.ts";

/**
 * The rest of a lane: its queue is empty, it waits for a time, or another instance holds it. `at`: the time of the
 * next look · `deafUntil`: wakeups before this time are deferred to it · `watched`: nothing was sent here.
 */
export type LaneRest = { readonly kind: "done"; readonly watched?: boolean } | {
  readonly kind: "wait" | "held";
  readonly at: number;
  readonly deafUntil?: number;
  readonly watched?: boolean;
};

/** The messages to send now, or the rest of the lane; with neither, the queue must be read again. */
export interface LaneSelection {
  readonly batches: readonly Batch[];
  readonly rest?: LaneRest;
}

const LOOK_AGAIN: LaneSelection = { batches: [] };
const DONE: LaneSelection = { batches: [], rest: { kind: "done" } };

/** The shortest interval between two looks at the queue of a failing vendor; new deliveries may have a fallback. */
export const GLANCE = 250;

/** The same when no delivery in the queue has a fallback. */
const LONG_GLANCE = 60_000;

/** With at most this many deliveries that wait for a config to be fixed, the queue is read again for each new alert. */
const SHORT_QUEUE = 100;

/** Milliseconds for each waiting delivery before a longer queue is read again; reading one takes a twentieth of that. */
const PAUSE_PER_DELIVERY = 0.1;

/** Deliveries handed to their fallbacks in one pass, at most. */
const MAX_FALLEN = 200;

/** The queue of a lane: selects the next messages, and settles deliveries that cannot be sent from it. */
export class LaneQueue {
  readonly #lane: LaneWork;
  /** Whether a queued delivery has a fallback; `undefined` while the queue has not been searched. */
  #hasFallback: boolean | undefined;

  constructor(lane: LaneWork) {
    this.#lane = lane;
  }

  /** Select the next messages, or decide how long the lane rests. @throws StoreError */
  async select(): Promise<LaneSelection> {
    const { inFlight, lease, tools: { clock, store }, wakeup } = this.#lane;
    if (lease.left) return DONE;
    const pause = this.#lane.pause();
    if (pause) return await this.#restInPause(pause);
    wakeup.clear();
    const selection = await this.#read();
    const editable = await editableDigests(selection.batches, store);
    const now = clock.now();
    const next = nextBatches(selection, lease.record, {
      now,
      editable,
      sending: inFlight.sending,
      isProbing: (configHash) => inFlight.isProbing(configHash),
    });
    if (await this.#settleSuppressed(next.batches)) return LOOK_AGAIN;
    if (next.batches.length > 0) return { batches: coalesce(next.batches, { sending: inFlight.sending }) };
    if (!inFlight.isEmpty) {
      await wakeup.wait();
      return LOOK_AGAIN;
    }
    return selection.isEmpty ? await this.#leave() : await this.#restUntil(next, selection, now);
  }

  /** Settle deliveries that are silenced or inhibited at the flush of their message group. @returns whether there were any */
  async #settleSuppressed(batches: readonly Batch[]): Promise<boolean> {
    const { settlements, tools: { clock, store, writer } } = this.#lane;
    const { results, updates } = await secondLook(batches, { store, now: clock.now() });
    if (results.length === 0 || this.#lane.isOver) return false;
    // The incidents first: after a crash in between the same deliveries are suppressed again.
    await writer.update(updates);
    await settlements.write(results);
    return true;
  }

  /** Rest while the lane is paused. Deliveries that would wait for too long go to their fallbacks. */
  async #restInPause(pause: Pause): Promise<LaneSelection> {
    const { inFlight, tools: { clock } } = this.#lane;
    await inFlight.drain();
    if (await this.#fallOver(pause.until, pause)) return LOOK_AGAIN;
    // Later deliveries may have a fallback that the waiting ones lack.
    const deaf = this.#hasFallback === false ? LONG_GLANCE : GLANCE;
    return rest(pause.until, Math.min(pause.until, clock.now() + deaf));
  }

  /** Nothing may go before `at`. */
  async #restUntil(
    { at, waiting }: NextBatches,
    { refusedCount, isShared }: QueueSelection,
    now: number,
  ): Promise<LaneSelection> {
    const { lease, tools: { groups } } = this.#lane;
    const full = { because: "as many messages were sent as it takes", at: now };
    if (waiting && await this.#fallOver(at, full)) return LOOK_AGAIN;
    if (at <= now) return LOOK_AGAIN;
    const isLong = refusedCount > SHORT_QUEUE;
    if (!waiting && !isLong) return rest(at);
    // Whatever comes next has the refused config, too, unless there is a way round.
    const isClosed = isLong && !isShared && !groups.hasFallback(lease.name);
    const deaf = isClosed ? LONG_GLANCE : Math.max(GLANCE, isLong ? refusedCount * PAUSE_PER_DELIVERY : 0);
    return rest(at, Math.min(at, now + deaf));
  }

  /** Leave the lane of an empty queue, unless it was woken since its bell was read. */
  async #leave(): Promise<LaneSelection> {
    const { bell, lease, wakeup } = this.#lane;
    if (bell && await lease.leave(bell)) return DONE;
    await wakeup.wait(COMMIT_WAIT); // leaving costs a commit, and the next alert may arrive at any moment
    await this.#lane.readBell();
    return LOOK_AGAIN;
  }

  /** Read the queue. Deliveries that cannot be sent from this lane are settled at once. */
  async #read(): Promise<QueueSelection> {
    const { inFlight, lease, settlements, tools } = this.#lane;
    const { clock, channels, groups, startedAt, store, waiters } = tools;
    const { record } = lease;
    const digests = digestsOf(record);
    const selection = new QueueSelection({
      now: clock.now(),
      lane: lease.name,
      isTaken: (entry) => inFlight.hasDelivery(entry) || settlements.has(entry),
      isBusy: (entry) => inFlight.hasIncident(entry),
      isAwaited: ({ id }) => waiters.isAwaited(id),
      find: (destination) => this.#lane.find(destination),
      holds: (destination) => groups.holds(destination),
      channelOf: (name) => channels.get(name),
      folding: digests.length > 0 || isRecovering(record),
      digests,
      refusals: this.#lane.refusals(),
      recoveredAt: record.recoveredAt,
      startedAt,
    });
    await this.#lane.readQueue((entry) => selection.add(entry));
    await answerBehind(selection.behind, { deliveries: store.deliveries, waiters });
    for (const group of selection.unknown) {
      if (!groups.get(group) && await groups.load(group)) selection.next = clock.now();
    }
    if (selection.unroutable.length > 0) {
      await this.#settleUnroutable(selection.unroutable);
      selection.next = clock.now();
    }
    if (await this.#toFallback(selection.toFallback)) selection.next = clock.now();
    // A lost lane cannot write, so its queue would return the same deliveries forever.
    if (selection.overtaken.length === 0 || this.#lane.isOver) return selection;
    await settlements.write(selection.overtaken.map(overtaken));
    return await this.#read();
  }

  /** Move deliveries that another lane serves now; deliveries without a destination are dead. */
  async #settleUnroutable(unroutable: QueueSelection["unroutable"]): Promise<void> {
    const { settlements, tools: { groups } } = this.#lane;
    // Another instance may have added the destination: read the configuration again before anything dies.
    await groups.refresh();
    const isServed = (id: string): boolean => this.#lane.find(id) !== undefined || groups.holds(id);
    const results = unroutable
      .filter((one) => "movedTo" in one || !isServed(one.entry.destination))
      .map((one) => "because" in one ? dead(one.entry, one.because) : one);
    await settlements.write(results);
  }

  /** Hand deliveries with a refused config to their fallbacks; without one they are dead after a day. @returns whether any was */
  async #toFallback(refused: readonly RefusedDelivery[]): Promise<boolean> {
    const now = this.#lane.tools.clock.now();
    const payload = this.#lane.fallbackPayload(now);
    const results = refused.flatMap((one) => insteadOfRefused(one, { now, payload }) ?? []);
    if (results.length > 0) await this.#lane.settlements.write(results);
    return results.length > 0;
  }

  /**
   * Hand deliveries to their fallbacks that would wait for too long, given that none can be sent before `until`.
   *
   * @returns whether any was handed over
   */
  async #fallOver(until: number, cause: FallbackCause): Promise<boolean> {
    const { inFlight, settlements, tools: { clock } } = this.#lane;
    const now = clock.now();
    const payload = this.#lane.fallbackPayload(now);
    const results: DeliveryResult[] = [];
    const isUnderWay = (entry: Queued): boolean =>
      inFlight.hasDelivery(entry) || inFlight.hasIncident(entry) || settlements.has(entry);
    await this.#lane.readQueue((entry) => {
      const found = this.#lane.find(entry.destination);
      // Quiet hours hold a delivery for its fallback as well.
      if (!found || isUnderWay(entry) || isHeldBack(entry, now)) return false;
      const patience = patienceOf(entry, found);
      this.#hasFallback ||= patience < Infinity;
      const fallen = patience < until ? fallOver(entry, found, { ...cause, now, payload }) : undefined;
      if (fallen) {
        results.push({ entry, fate: { state: "dead", because: fallen.because }, fallback: fallen.fallback });
      }
      return results.length >= MAX_FALLEN;
    });
    if (results.length > 0) await settlements.write(results);
    return results.length > 0;
  }
}

function rest(at: number, deafUntil?: number): LaneSelection {
  return {
    batches: [],
    rest: deafUntil === undefined ? { kind: "wait", at } : { kind: "wait", at, deafUntil },
  };
}
