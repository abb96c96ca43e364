import { defined } from "../base/defined.ts";
import { cut, jsonBytes, utf8Bytes } from "../base/text.ts";
import type { Recipients, Verdict } from "../channel.ts";
import type { Alert } from "../domain/alert.ts";
import type { DeadDelivery } from "../domain/dead_delivery.ts";
import { isEvent, type Reason } from "../domain/outcome.ts";
import type { DeadLetter, Delivery, DigestRecord, Queued } from "../domain/record.ts";
import { ALERT_BYTES } from "../domain/shrink.ts";
import type { Settlement } from "../store/outbox.ts";
import type { DigestCardChange } from "../store/digest_cards.ts";
import type { ReceiptChange } from "../store/receipts.ts";
import type { ProgressChange } from "../store/recipient_progress.ts";
import type { DeliveryResult, LaneEntry, SettlementRow } from "./delivery_result.ts";
import { type Fate, reachedBy } from "./retry.ts";

/** The stored attempts of a delivery: the first show the cause of its failure, the last its end. */
const STORED_ATTEMPTS = { first: 5, last: 15 };

/** Bytes of a stored attempt, at most; its reason is cut to 500 characters. */
const ATTEMPT_BYTES = 1_700;

/** Bytes of a stored message as JSON, at most. */
export const SENT_BYTES = 20_000;

/** Bytes of a record's list of recipient ids, at most; a record has four such lists, and as many bytes of reasons. */
const RECIPIENT_BYTES = 1_500;

/** Bytes of one commit of results, at most; the database's limit is 800 KiB. */
const COMMIT_BYTES = 500_000;

/** At most this many results in one commit: of its 1,000 mutations each needs two, or four with a receipt and a digest's card. */
const COMMIT_RESULTS = 200;

/** The most results with a digest's card in one commit, whose keys must fit 80 KiB together. */
const COMMIT_CARDS = 120;

/** Remove from the front of `results` as many as one commit holds, at most `most`, and return them. */
export function takeForCommit(results: SettlementRow[], most = COMMIT_RESULTS): SettlementRow[] {
  let bytes = 0;
  let count = 0;
  for (const result of results) {
    const { entry } = result;
    if ("fate" in result && result.fate.state === "dead") bytes += ALERT_BYTES + 1_000;
    if ("sent" in result && result.sent) bytes += bytesOfSent(result.sent);
    if ("to" in result && result.to) bytes += Math.min(RECIPIENT_BYTES, 100 * result.to.length);
    if ("recipients" in result && result.recipients) bytes += 4 * RECIPIENT_BYTES;
    if ("progress" in result && result.progress) bytes += bytesOf(result.progress);
    if ("receipts" in result && result.receipts) bytes += 2 * bytesOf(result.receipts); // sealed, in base64
    if ("cards" in result && result.cards) bytes += COMMIT_BYTES / COMMIT_CARDS;
    bytes += 600 +
      Math.min((entry.tries ?? 0) + 1, STORED_ATTEMPTS.first + STORED_ATTEMPTS.last) * ATTEMPT_BYTES;
    if (count > 0 && bytes > COMMIT_BYTES || count >= Math.min(most, COMMIT_RESULTS)) break;
    count++;
  }
  return results.splice(0, count);
}

/**
 * A result that is too large for the database, reduced to the fields of the ledger. A message that is sent to each
 * recipient separately is given up: without its progress, a retry would send it to all of them again.
 */
export function bareOf(row: SettlementRow): SettlementRow {
  if ("movedTo" in row) return row;
  const { sent: _sent, recipients: _recipients, receipts: _receipts, cards: _cards, progress, ...rest } = row;
  const bare = { ...rest, to: [] };
  if (!progress?.progress) return bare;
  const { message, progress: { reached } } = progress;
  const because = `${bare.fate.because}; given up: the record of its recipients is too large`;
  const state = reached.length > 0 ? "delivered" : "dead";
  return { ...bare, fate: { state, because }, progress: { message } };
}

/** One commit of results: the outbox's part, and the dead deliveries, which may end dedup windows. */
export interface DeliverySettlement extends Required<Omit<Settlement, "state" | "receipts">> {
  /** To be sealed. */
  readonly receipts: readonly ReceiptChange[];
  readonly deaths: readonly DeadDelivery[];
}

/**
 * The settlement that writes the results of a lane.
 *
 * @param options `records`: the stored records of deliveries that were tried before · `alerts`: the alerts of dead
 * deliveries; both by the delivery's id
 */
export function settlementOf(
  rows: readonly SettlementRow[],
  { now, records, alerts }: {
    now: number;
    records: ReadonlyMap<string, Delivery>;
    alerts: ReadonlyMap<string, Alert>;
  },
): DeliverySettlement {
  const moved: LaneEntry[] = [];
  const created: LaneEntry[] = [];
  const done: Delivery[] = [];
  const waiting: { entry: Queued; delivery: Delivery }[] = [];
  const digests: DigestRecord[] = [];
  const letters: DeadLetter[] = [];
  const receipts: ReceiptChange[] = [];
  const cards: DigestCardChange[] = [];
  const progress: ProgressChange[] = [];
  for (const row of rows) {
    if ("movedTo" in row) {
      moved.push({ entry: row.entry, lane: row.movedTo });
      continue;
    }
    const { entry, fate, fallback, feedback } = row;
    const delivery = deliveryAfter(row, records.get(entry.id), now);
    if (fallback) created.push(fallback);
    receipts.push(...row.receipts ?? []);
    cards.push(...row.cards ?? []);
    if (row.progress) progress.push(row.progress);
    if (feedback?.digest?.record && hasReached(feedback.verdict)) digests.push(feedback.digest.record);
    if (fate.state === "pending" && !fallback) waiting.push({ entry: fate.entry, delivery });
    else done.push(delivery);
    if (delivery.state === "dead") {
      letters.push(defined({ entry, because: delivery.because, diedAt: now, alert: alerts.get(entry.id) }));
    }
  }
  // A reminder opens no window, so its death ends none; nor does an event.
  const opens = (reason: Reason): boolean => reason !== "reminder" && !isEvent(reason);
  const deaths = done.filter(({ state, reason }) => state === "dead" && opens(reason))
    .map(({ fingerprint, group, alert, id }) => ({ fingerprint, group, alert, delivery: id, now }));
  return { moved, created, done, waiting, digests, letters, receipts, cards, progress, deaths };
}

function hasReached(verdict: Verdict): boolean {
  return verdict.kind === "delivered" || reachedBy(verdict).length > 0;
}

function bytesOf(change: unknown): number {
  return utf8Bytes(JSON.stringify(change));
}

function bytesOfSent(sent: NonNullable<Delivery["sent"]>): number {
  if ("with" in sent) return 60;
  const units = sent.title.length + sent.body.length + (sent.html?.length ?? 0) +
    (sent.card === undefined ? 0 : JSON.stringify(sent.card).length);
  return Math.min(6 * units, SENT_BYTES); // a UTF-16 unit takes at most six bytes
}

/** The record of a delivery after a try. `before`: its stored record, if it has one. */
export function deliveryAfter(
  { entry, fate, attempt, digest, sent: sentNow, fallback, to, recipients }: DeliveryResult,
  before: Delivery | undefined,
  now: number,
): Delivery {
  const sent = sentNow ?? before?.sent;
  const { id, alert, fingerprint, group, destination, reason, severity, at, instead, again } = entry;
  const attempts = [...before?.attempts ?? [], ...attempt ? [attempt] : []];
  const { first, last } = STORED_ATTEMPTS;
  return {
    id,
    alert,
    fingerprint,
    group,
    destination,
    reason,
    ...fallback
      ? { state: "suppressed", by: "fallback" }
      : fate.state === "suppressed"
      ? { state: "suppressed", by: fate.by ?? "channel" }
      : { state: fate.state },
    because: fate.because,
    severity,
    ...digest !== undefined && fate.state === "delivered" ? { digest } : {},
    ...instead ? { instead } : {},
    ...again ? { again } : {},
    at,
    ...fate.state === "pending" && !fallback ? {} : { settledAt: now },
    attempts: attempts.length <= first + last
      ? attempts
      : [...attempts.slice(0, first), ...attempts.slice(-last)],
    ...sent && digest === undefined ? { sent } : {},
    ...toAfter(to, before),
    ...recipientsAfter(recipients ?? before?.recipients, fate),
  };
}

/** The recipients of the last message, left out if it had none. `to` is `undefined` if no message was sent since. */
function toAfter(to: readonly string[] | undefined, before: Delivery | undefined): Pick<Delivery, "to"> {
  const ids = to === undefined ? before?.to : named(to);
  return ids === undefined || ids.length === 0 ? {} : { to: ids };
}

/** The recipients of a delivery by their results. Once it is settled none is left: the remaining ones have failed. */
function recipientsAfter(recipients: Recipients | undefined, { state }: Fate): Pick<Delivery, "recipients"> {
  if (!recipients) return {};
  const { reached, left, failed, because = {} } = recipients;
  const why = reasons(because);
  return {
    recipients: {
      ...state === "pending"
        ? { reached: named(reached), left: named(left), failed: named(failed) }
        : { reached: named(reached), left: [], failed: named([...failed, ...left]) },
      ...why.length > 0 ? { because: Object.fromEntries(why) } : {},
    },
  };
}

/** As many reasons as a record has room for. */
function reasons(because: Readonly<Record<string, string>>): [string, string][] {
  let bytes = 0;
  return Object.entries(because).map(([id, words]): [string, string] => [id, cut(words, { chars: 200 })])
    .filter(([id, words]) => (bytes += jsonBytes(id) + jsonBytes(words) + 2) <= RECIPIENT_BYTES);
}

/** As many ids as a record has room for; the last one contains the number of omitted ones. */
function named(ids: readonly string[]): string[] {
  const names: string[] = [];
  let bytes = 0;
  for (const id of new Set(ids)) {
    bytes += jsonBytes(id) + 1;
    if (bytes > RECIPIENT_BYTES) return [...names, `… +${ids.length - names.length}`];
    names.push(id);
  }
  return names;
}
