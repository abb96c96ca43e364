import { combineOf, limitsOf } from "../channel/options.ts";
import type { Batch } from "./queue_selection.ts";
import type { Queued } from "../domain/record.ts";

/** Alerts that a message has at most when they did not come together: so many stay a request of ordinary size. */
const MAX_COALESCED = 10;

/** Of the places that are free so many are taken at a time: what comes next finds one, too. */
const SHARE_USED = 1 / 4;

/** So often alerts that did not come together are tried together: then each goes by itself, since one may be to blame. */
const TRIES_TOGETHER = 3;

/**
 * Put messages together that would have to wait for one another, where the channel likes that: a program reads several
 * alerts as easily as one, and a request for each is what both sides are busy with in a storm. No more go together than
 * it takes.
 *
 * @param options `sending`: how many messages of the lane are on their way.
 */
export function coalesce(batches: readonly Batch[], { sending }: { sending: number }): readonly Batch[] {
  const [first] = batches;
  if (!first) return batches;
  const { parallel = 1 } = limitsOf(first.channel, first.destination.config);
  const places = Math.max(1, Math.floor(SHARE_USED * (parallel - sending)));
  const together = Math.ceil(batches.length / places);
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

/** Whether alerts of other payloads may go along: none of its own was tried before, or goes in another's place. */
function mayCoalesce(batch: Batch): boolean {
  return combineOf(batch.channel, batch.destination.config) === "waiting" && !batch.digest &&
    batch.entries.every(({ tries = 0, plain, held, instead }) => tries === 0 && !plain && !held && !instead);
}

/**
 * A delivery as it is to be tried again after a message that several shared: with the same others, so that it is the same
 * message, for which its receiver may already have an answer.
 */
export function retriedTogether(
  entry: Queued,
  { batch, message }: { batch: Batch; message: string },
): Queued {
  const isAlone = combineOf(batch.channel, batch.destination.config) === "waiting" &&
    (entry.tries ?? 0) >= TRIES_TOGETHER;
  return { ...entry, payload: isAlone ? entry.id : message };
}
