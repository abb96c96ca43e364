import { combineOf, limitsOf } from "../channel/options.ts";
import type { Batch } from "./batch.ts";
import type { Queued } from "../domain/record.ts";

/** Alerts of separate payloads in one message, at most, so that the request stays of ordinary size. */
const MAX_COALESCED = 10;

/** The share of the free send slots that one pass uses, so that alerts that arrive next find one as well. */
const SHARE_USED = 1 / 4;

/** Tries of a coalesced message. After them each alert is sent by itself, because one of them may be the cause. */
const TRIES_TOGETHER = 3;

/**
 * Coalesces messages that would wait for one another, if the channel allows it: a program reads several alerts as
 * easily as one, and in a storm one request per alert keeps both sides busy. Coalesces no more than the free slots
 * require.
 *
 * @param options `sending`: the number of the lane's messages in flight
 */
export function coalesce(batches: readonly Batch[], { sending }: { sending: number }): readonly Batch[] {
  const [first] = batches;
  if (!first) return batches;
  const { parallel = 1 } = limitsOf(first.channel, first.destination.config);
  const slots = Math.max(1, Math.floor(SHARE_USED * (parallel - sending)));
  const together = Math.ceil(batches.length / slots);
  if (together === 1) return batches;
  const coalesced: { batch: Batch; entries: Queued[]; messages: number }[] = [];
  const open = new Map<string, typeof coalesced[number]>();
  for (const batch of batches) {
    const { destination: { id }, entries } = batch;
    const joins = mayCoalesce(batch);
    const last = joins ? open.get(id) : undefined;
    if (last && last.messages < together && last.entries.length + entries.length <= MAX_COALESCED) {
      last.entries.push(...entries);
      last.messages++;
      continue;
    }
    const next = { batch, entries: [...entries], messages: 1 };
    coalesced.push(next);
    if (joins) open.set(id, next);
  }
  return coalesced.map(({ batch, entries }) => ({ ...batch, entries }));
}

/** Whether alerts of other payloads may join: no delivery of the batch was attempted before or is a fallback. */
function mayCoalesce(batch: Batch): boolean {
  return combineOf(batch.channel, batch.destination.config) === "waiting" && !batch.digest &&
    batch.entries.every(({ tries = 0, plain, held, instead }) => tries === 0 && !plain && !held && !instead);
}

/**
 * The queue entry of a delivery to retry after a shared message: with the same deliveries, so that the retry is the same
 * message, which the receiver may have processed already.
 */
export function retriedTogether(
  entry: Queued,
  { batch, message }: { batch: Batch; message: string },
): Queued {
  const isAlone = combineOf(batch.channel, batch.destination.config) === "waiting" &&
    (entry.tries ?? 0) >= TRIES_TOGETHER;
  return { ...entry, payload: isAlone ? entry.id : message };
}
