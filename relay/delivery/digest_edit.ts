/**
 * Edits of delivered digests, for vendors that count edits separately from messages. While new messages have to wait
 * for the vendor's budget, an update about an incident is shown by editing the digest that was the last message about
 * it.
 *
 * An edit notifies nobody, so it is used only for the actions of people and for the end of an alert. A firing alert
 * is always a new message, for any reason: people must be notified of it.
 *
 * @module
 */
import { utf8Bytes } from "../base/text.ts";
import type { Message, Verdict } from "../channel.ts";
import { editRatesOf } from "../channel/options.ts";
import { isEvent } from "../domain/outcome.ts";
import type { Queued } from "../domain/record.ts";
import type { DigestCardChange, DigestCards } from "../store/digest_cards.ts";
import type { ReceiptChange, Receipts, Thread } from "../store/receipts.ts";
import type { Batch } from "./batch.ts";
import { isEnd, RECEIPT_BYTES } from "./threads.ts";

/** The most deliveries of a selection whose digests are looked up; the others follow in the next one. */
const MAX_LOOKED_UP = 100;

/** The id of a delivery → the id of the digest that can be edited for it. */
export type EditableDigests = ReadonlyMap<string, string>;

const NONE: EditableDigests = new Map();

/** Finds the digests that can be edited instead of sending new messages. @throws StoreError */
export async function editableDigests(
  batches: readonly Batch[],
  { digestCards, receipts }: { digestCards: Pick<DigestCards, "of">; receipts: Pick<Receipts, "of"> },
): Promise<EditableDigests> {
  const updates = batches.filter(mayEdit).flatMap(({ destination, entries }) =>
    entries.map(({ id, fingerprint }) => ({ id, fingerprint, destination }))
  ).slice(0, MAX_LOOKED_UP);
  if (updates.length === 0) return NONE;
  const digests = await digestCards.of(
    updates.map(({ destination: { id: destination }, fingerprint }) => ({ destination, fingerprint })),
  );
  const known = new Map<string, boolean>();
  const found = new Map<string, string>();
  for (const [index, { id, destination }] of updates.entries()) {
    const digest = digests[index];
    if (digest === undefined) continue;
    if (!known.has(digest)) known.set(digest, await receipts.of(threadOf(destination, digest)) !== undefined);
    if (known.get(digest)) found.set(id, digest);
  }
  return found;
}

/** Whether an edit may show a whole message. */
function mayEdit({ channel, destination, entries, partly, refusal }: Batch): boolean {
  return !partly && !refusal && editRatesOf(channel, destination.config) !== undefined &&
    entries.every((entry) => isQuiet(entry) && !entry.plain && !entry.held && !entry.again && !entry.instead);
}

function isQuiet({ reason }: Queued): boolean {
  return reason === "resolved" || isEvent(reason);
}

/** The edit that replaces most of the messages to a destination; `undefined` if it can replace none. */
export function asEdit(
  batches: readonly Batch[],
  editable: EditableDigests,
  of: { readonly destination: string; readonly digest?: string; readonly upTo?: string },
): Batch | undefined {
  const byDigest = new Map<string, Batch[]>();
  for (const batch of batches) {
    const [digest, ...others] = new Set(batch.entries.map(({ id }) => editable.get(id)));
    const isOther = of.digest !== undefined && digest !== of.digest;
    const isLater = of.upTo !== undefined && batch.entries.some(({ id }) => id > of.upTo!);
    if (batch.destination.id !== of.destination || digest === undefined || isOther || isLater) continue;
    if (others.length === 0) byDigest.set(digest, [...byDigest.get(digest) ?? [], batch]);
  }
  const [most] = [...byDigest].toSorted(([, a], [, b]) => b.length - a.length);
  if (!most) return undefined;
  const [edits, [first, ...others]] = most as [string, [Batch, ...Batch[]]];
  const entries = [first, ...others].flatMap(({ entries }) => entries);
  const upTo = of.upTo ?? entries.reduce((last, { id }) => id > last ? id : last, "");
  const { channel, destination } = first;
  const rates = editRatesOf(channel, destination.config) ?? [];
  return { ...first, rates, entries, digest: { destination: destination.id, upTo, edits } };
}

/** The thread of a digest's receipt: it has the digest's id in place of a fingerprint. */
export function threadOf({ id, configHash }: Batch["destination"], digest: string): Thread {
  return { destination: id, fingerprint: digest, configHash };
}

/** Whether an edit failed for good, so that its updates must be sent as new messages. */
export function isFailedEdit({ digest }: Pick<Batch, "digest">, verdict: Verdict): boolean {
  if (digest?.edits === undefined) return false;
  return verdict.kind === "skipped" || verdict.kind === "refused" && verdict.what !== "config" ||
    verdict.kind === "retry" && verdict.forget === true;
}

/** Changes of the digests that can be edited. */
export interface DigestCardChanges {
  readonly receipts: readonly ReceiptChange[];
  readonly cards: readonly DigestCardChange[];
}

/** The changes of the digests that can be edited, after a verdict on a message, a digest or an edit. */
export function digestCardChanges(
  message: Message,
  { batch, covered }: {
    batch: Pick<Batch, "channel" | "destination" | "digest">;
    covered: readonly Queued[];
  },
  verdict: Verdict,
): DigestCardChanges {
  const { channel, destination, digest } = batch;
  if (editRatesOf(channel, destination.config) === undefined) return { receipts: [], cards: [] };
  const edited = digest?.edits;
  if (isFailedEdit(batch, verdict)) return { receipts: [threadOf(destination, edited!)], cards: [] };
  if (verdict.kind !== "delivered") return { receipts: [], cards: [] };
  const thread = digest ? threadOf(destination, edited ?? message.id) : undefined;
  const { receipt } = verdict;
  const isStored = thread && receipt && utf8Bytes(JSON.stringify(receipt)) <= RECEIPT_BYTES;
  const isNew = isStored && edited === undefined;
  const last = new Map(covered.map((entry) => [entry.fingerprint, entry]));
  const cards = [...last.values()].flatMap(({ fingerprint, reason }): DigestCardChange[] => {
    const incident = { destination: destination.id, fingerprint };
    if (isEnd(reason)) return [incident];
    return isNew ? [{ ...incident, digest: message.id }] : [];
  });
  return { receipts: isStored ? [{ ...thread, receipt }] : [], cards };
}
