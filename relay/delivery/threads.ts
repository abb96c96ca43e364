/**
 * Threads: the messages about one incident at one destination. A vendor's receipt for one of them is passed to the
 * next, so that a channel can edit it or reply to it.
 *
 * An edit replaces the visible message, so it must be about exactly the same incident: a message about several has
 * neither a receipt of its own nor an earlier message. The receipt is written in the same commit as the result, and
 * of one incident at one destination only one message is in flight, so the next message always finds it.
 *
 * @module
 */
import { utf8Bytes } from "../base/text.ts";
import type { Message, Verdict } from "../channel.ts";
import { keepsThreads } from "../channel/options.ts";
import type { Queued } from "../domain/record.ts";
import type { ReceiptChange, Receipts, Thread } from "../store/receipts.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Batch } from "./batch.ts";

/** Bytes of a receipt as JSON, at most. */
export const RECEIPT_BYTES = 2_000;

/** A message's deliveries. `recipient`: its only recipient, for a channel with `per: "recipient"`. */
export interface ThreadedMessage {
  readonly batch: Pick<Batch, "channel" | "destination" | "digest" | "partly">;
  readonly covered: readonly Queued[];
  readonly recipient?: string | undefined;
  /** Set when it is about an earlier incident than the current thread. */
  readonly isPast?: boolean | undefined;
}

/** The thread of a message; `undefined` when it has none. */
function threadOf({ batch, covered, recipient, isPast }: ThreadedMessage): Thread | undefined {
  const { channel, destination, digest, partly } = batch;
  if (!keepsThreads(channel, destination.config) || digest || partly === "digest" || isPast) {
    return undefined;
  }
  const [fingerprint, ...others] = new Set(covered.map(({ fingerprint }) => fingerprint));
  if (fingerprint === undefined || others.length > 0) return undefined;
  return { destination: destination.id, fingerprint, recipient, configHash: destination.configHash };
}

/**
 * The message with the receipt of the earlier one. A new incident begins a new thread, and the short plain message after a
 * refusal is a new one: the vendor may have refused the edit. @throws StoreError
 */
export async function withEarlier(
  message: Message,
  threaded: ThreadedMessage,
  receipts: Pick<Receipts, "of">,
): Promise<Message> {
  const thread = threadOf(threaded);
  const isNew = message.plain || threaded.covered.some(({ reason }) => reason === "first");
  const earlier = thread && !isNew ? await receipts.of(thread) : undefined;
  return earlier ? { ...message, earlier } : message;
}

/** Whether a person has sent a delivery of an earlier incident again: the newest one has its own thread. @throws StoreError */
export async function isAboutPast(
  covered: readonly Queued[],
  { incidents }: Pick<StoreReader, "incidents">,
): Promise<boolean> {
  const again = covered.filter(({ again }) => again);
  if (again.length === 0) return false;
  const newest = await incidents.latest(new Set(again.map(({ fingerprint }) => fingerprint)));
  return again.some(({ fingerprint, at }) => (newest.get(fingerprint)?.openedAt ?? -Infinity) > at);
}

/** Changes of receipts after a verdict. */
export interface ThreadChange {
  readonly changes: readonly ReceiptChange[];
  /** The reason why the receipt is not stored. */
  readonly problem?: string;
}

/**
 * The change of a thread after a verdict on a message. A thread ends with its resolved message: a later firing is a
 * new message. A receipt whose message is gone is deleted.
 */
export function threadChange(message: Message, threaded: ThreadedMessage, verdict: Verdict): ThreadChange {
  const { batch: { channel, destination }, covered, recipient } = threaded;
  if (!keepsThreads(channel, destination.config) || threaded.isPast) return { changes: [] };
  const thread = threadOf(threaded);
  if (verdict.kind === "retry") return { changes: verdict.forget && thread ? [thread] : [] };
  if (verdict.kind !== "delivered" && verdict.kind !== "skipped") return { changes: [] };
  const ended = covered.filter(({ reason }) => isEnd(reason) || thread && message.status === "resolved");
  if (ended.length > 0) {
    const { id, configHash } = destination;
    const fingerprints = [...new Set(ended.map(({ fingerprint }) => fingerprint))];
    return {
      changes: fingerprints.map((fingerprint) => ({ destination: id, fingerprint, recipient, configHash })),
    };
  }
  const receipt = verdict.kind === "delivered" ? verdict.receipt : undefined;
  if (!thread || !receipt) return { changes: [] };
  const bytes = utf8Bytes(JSON.stringify(receipt));
  return bytes <= RECEIPT_BYTES ? { changes: [{ ...thread, receipt }] } : {
    changes: [],
    problem: `the receipt is not stored: it has ${bytes} bytes, and ${RECEIPT_BYTES} are allowed`,
  };
}

/** Whether a message of this reason is the last one of its thread. */
export function isEnd(reason: Queued["reason"]): boolean {
  return reason === "resolved" || reason === "closed";
}
