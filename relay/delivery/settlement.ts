import type { Recipients, Verdict } from "../channel.ts";
import type { AttemptRecord, DeadLetter, Delivery, DigestRecord, Queued } from "../domain/record.ts";
import { type BudgetSlot, giveBack, spend } from "./budget.ts";
import { refusalsAfter } from "./refused_configs.ts";
import { type Fate, isRecovering, laneAfter, reachedBy } from "./retry.ts";
import {
  type DigestMark,
  type LaneRecord,
  type LaneState,
  type Pause,
  type Spent,
  stateOf,
  withDigest,
} from "../store/lane_record.ts";
import { defined } from "../base/defined.ts";
import { cut, jsonBytes, utf8Bytes } from "../base/text.ts";
import { isEvent, type Reason } from "../domain/outcome.ts";
import type { Alert } from "../domain/alert.ts";
import type { DeadDelivery } from "../domain/dead_delivery.ts";
import type { Settlement } from "../store/outbox.ts";
import type { ReceiptChange } from "../store/receipts.ts";
import type { ProgressChange } from "../store/recipient_progress.ts";
import { ALERT_BYTES } from "../domain/shrink.ts";
import type { FirstAttempt } from "../intake/first_attempts.ts";

/** The result of one delivery, to be written. */
export interface DeliveryResult {
  readonly entry: Queued;
  readonly fate: Fate;
  readonly attempt?: AttemptRecord;
  /** The id of the digest that covered it. */
  readonly digest?: string | undefined;
  /** The message as it was sent, unless it was a digest. */
  readonly sent?: Delivery["sent"] | undefined;
  /** Set when it is rerouted: the delivery to the fallback. */
  readonly fallback?: LaneEntry;
  /** Which recipients the message reached, unless it reached all of them. */
  readonly recipients?: Recipients | undefined;
  /** What it changes in the receipts of its incident; set on one of the incident's deliveries that shared the message. */
  readonly receipts?: readonly ReceiptChange[];
  /** How far the message is, where each recipient gets its own; set on one of the deliveries that shared it. */
  readonly progress?: ProgressChange;
  /** The message's feedback to the lane; set on one of the deliveries that shared it. */
  readonly feedback?: LaneFeedback | undefined;
}

/** A delivery whose destination is served by another lane now. */
export interface MovedDelivery {
  readonly entry: Queued;
  readonly movedTo: string;
}

/** A row of a settlement before it is written. */
export type SettlementRow = DeliveryResult | MovedDelivery;

/** What changes a lane's state after a message. */
export interface LaneFeedback {
  readonly verdict: Verdict;
  readonly configHash: string;
  /** Set when the vendor was not asked: the verdict is the channel's own. */
  readonly unasked?: true | undefined;
  /** The budget slot that was spent for the message. */
  readonly slot?: BudgetSlot | undefined;
  /** Set when the message was a digest: its record, and its mark in the lane unless it was partly delivered before. */
  readonly digest?: { readonly mark?: DigestMark | undefined; readonly record: DigestRecord } | undefined;
}

/** A delivery and the lane to queue it in. */
export interface LaneEntry {
  readonly entry: Queued;
  readonly lane: string;
}

/** The result of a delivery that cannot be sent. */
export function dead(entry: Queued, because: string): DeliveryResult {
  return { entry, fate: { state: "dead", because } };
}

/** The result of a partly delivered one whose incident has a later delivery to all of its recipients. */
export function overtaken(entry: Queued): DeliveryResult {
  const because = "to some of its recipients; all of them get a later message of the incident";
  return { entry, fate: { state: "delivered", because } };
}

/** The stored attempts of a delivery: the first show why it failed, the last how it ended. */
const STORED_ATTEMPTS = { first: 5, last: 15 };

/** Bytes of a stored attempt, at most; its reason is cut to 500 characters. */
const ATTEMPT_BYTES = 1_700;

/** Bytes of a stored message as JSON, at most. */
export const SENT_BYTES = 20_000;

/** Bytes of a record's list of recipient ids, at most; a record has three such lists, and as many bytes of reasons. */
const RECIPIENT_BYTES = 1_500;

/** Bytes of one commit of results, at most; the database's limit is 800 KiB. */
const COMMIT_BYTES = 500_000;

/** Results in one commit, at most: each needs two mutations of 1,000, or three with a receipt. */
const COMMIT_RESULTS = 200;

/** Remove from the front of `results` as many as one commit holds, at most `most`, and return them. */
export function takeForCommit(results: SettlementRow[], most = COMMIT_RESULTS): SettlementRow[] {
  let bytes = 0;
  let count = 0;
  for (const result of results) {
    const { entry } = result;
    if ("fate" in result && result.fate.state === "dead") bytes += ALERT_BYTES + 1_000;
    if ("sent" in result && result.sent) bytes += bytesOfSent(result.sent);
    if ("recipients" in result && result.recipients) bytes += 4 * RECIPIENT_BYTES;
    if ("progress" in result && result.progress) bytes += bytesOf(result.progress);
    if ("receipts" in result && result.receipts) bytes += 2 * bytesOf(result.receipts); // sealed, in base64
    bytes += 600 +
      Math.min((entry.tries ?? 0) + 1, STORED_ATTEMPTS.first + STORED_ATTEMPTS.last) * ATTEMPT_BYTES;
    if (count > 0 && bytes > COMMIT_BYTES || count >= Math.min(most, COMMIT_RESULTS)) break;
    count++;
  }
  return results.splice(0, count);
}

/**
 * A result that the database does not take, reduced to what the ledger needs. A message to each recipient by itself ends:
 * without a record of who has it, everybody would get it again.
 */
export function bareOf(row: SettlementRow): SettlementRow {
  if ("movedTo" in row) return row;
  const { sent: _sent, recipients: _recipients, receipts: _receipts, progress, ...bare } = row;
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
    if (row.progress) progress.push(row.progress);
    if (feedback?.digest && hasReached(feedback.verdict)) digests.push(feedback.digest.record);
    if (fate.state === "pending" && !fallback) waiting.push({ entry: fate.entry, delivery });
    else done.push(delivery);
    if (delivery.state === "dead") {
      letters.push(defined({ entry, because: delivery.because, diedAt: now, alert: alerts.get(entry.id) }));
    }
  }
  // A reminder opens no window, so its death ends none; nor does what a person did.
  const opens = (reason: Reason): boolean => reason !== "reminder" && !isEvent(reason);
  const deaths = done.filter(({ state, reason }) => state === "dead" && opens(reason))
    .map(({ fingerprint, group, alert, id }) => ({ fingerprint, group, alert, delivery: id, now }));
  return { moved, created, done, waiting, digests, letters, receipts, progress, deaths };
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
  { entry, fate, attempt, digest, sent: sentNow, fallback, recipients }: DeliveryResult,
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
      ? { state: "suppressed", by: "channel" }
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
    ...recipientsAfter(recipients ?? before?.recipients, fate),
  };
}

/** Which recipients a delivery has reached. Once it is settled none is left: the remaining ones have failed. */
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

/** As many ids as a record has room for; the last one says how many were left out. */
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

/**
 * The outcome for a caller that waits for the first attempt. `undefined` while the plain retry is pending. A message that
 * reached at least one recipient counts as delivered, and so does one that the channel had no reason to send.
 */
export function firstAttemptOf(fate: Fate, verdict: Verdict): FirstAttempt["state"] | undefined {
  if (fate.state === "delivered" || fate.state === "suppressed") return "delivered";
  if (fate.state === "pending" && fate.entry.partly) return "delivered";
  if (verdict.kind === "throttled") return "pending";
  return fate.state === "pending" && fate.entry.plain ? undefined : "failed";
}

/** The state of a lane after some results; `undefined` when it does not change. */
export function laneAfterAll(
  record: LaneRecord,
  results: readonly SettlementRow[],
  now: number,
): LaneState | undefined {
  const before = stateOf(record);
  const after = results.reduce((state: LaneState, result) => {
    return "movedTo" in result || !result.feedback
      ? state
      : stateAfter(state, result.entry, result.feedback, now);
  }, before);
  const same = (Object.keys({ ...before, ...after }) as (keyof LaneState)[])
    .every((key) => before[key] === after[key]);
  return same ? undefined : after;
}

function stateAfter(
  state: LaneState,
  entry: Queued,
  { verdict, configHash, unasked, slot, digest }: LaneFeedback,
  now: number,
): LaneState {
  const { failures, pause: _pause, sick, refused = {}, ...rest } = state;
  const saysNothing = verdict.kind === "skipped" || unasked && !isConfigRefusal(verdict);
  const health = saysNothing
    ? defined({ failures, sick, pause: state.pause })
    : laneAfter(state, verdict, now);
  const pause = health.pause ?? stillInForce(state.pause, now);
  const refusals = saysNothing ? refused : refusalsAfter(refused, verdict, { entry, configHash, now });
  const isMended = refused[configHash] !== undefined && refusals[configHash] === undefined;
  const isWell = isRecovering(state) && !isRecovering({ ...health, pause });
  const after = {
    ...rest,
    ...health,
    ...pause ? { pause } : {},
    ...Object.keys(refusals).length > 0 ? { refused: refusals } : {},
    ...isWell || isMended ? { recoveredAt: now } : {},
    ...slot && state.spent ? { spent: spentAfter(state.spent, slot, { unasked, now }) } : {},
  };
  const mark = digest?.mark;
  return mark ? withDigest(after, mark.destination, markAfter(mark, verdict)) : after;
}

/** The message has arrived by now, if at all, so its slot is counted from now instead of from the latest possible time. */
function spentAfter(
  spent: Spent,
  { rates, at, skew }: BudgetSlot,
  { unasked, now }: { unasked: boolean | undefined; now: number },
): Spent {
  const without = giveBack(spent, rates, { now, at });
  return unasked ? without : spend(without, rates, { now, at: now + skew });
}

function isConfigRefusal(verdict: Verdict): boolean {
  return verdict.kind === "refused" && verdict.what === "config";
}

/** The mark of a digest after its verdict. A digest refused even without markup is given up: its alerts are sent one by one. */
function markAfter(mark: DigestMark, { kind, ...verdict }: Verdict): DigestMark | undefined {
  if (kind === "delivered" || kind === "skipped" || "alone" in verdict && verdict.alone) return undefined;
  if (kind !== "refused" || !("what" in verdict)) return mark;
  if (verdict.what === "config") return mark;
  return verdict.what === "payload" && !mark.plain ? { ...mark, plain: true } : undefined;
}

/** The current pause if it is in force: a message that was in flight when the pause began does not end it. */
function stillInForce(pause: Pause | undefined, now: number): Pause | undefined {
  return pause && pause.until > now ? pause : undefined;
}
