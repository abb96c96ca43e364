import type { Recipients, Verdict } from "../channel.ts";
import type { AttemptRecord, DeadLetter, Delivery, DigestRecord, Queued } from "../domain/record.ts";
import { type BudgetSlot, giveBack, spend } from "./budget.ts";
import { refusalsAfter } from "./refusals.ts";
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
import { jsonBytes } from "../base/text.ts";
import type { Alert } from "../domain/alert.ts";
import type { DeadDelivery } from "../domain/dead_delivery.ts";
import type { Settlement } from "../store/outbox.ts";
import { ALERT_BYTES } from "../domain/shrink.ts";
import type { FirstAttempt } from "../intake/first_attempts.ts";

/** What came of one delivery, to be written. */
export interface DeliveryResult {
  readonly entry: Queued;
  readonly fate: Fate;
  readonly attempt?: AttemptRecord;
  /** The id of the digest that told it. */
  readonly digest?: string | undefined;
  /** What was sent, unless it was a digest. */
  readonly sent?: Delivery["sent"] | undefined;
  /** It is not made any more: another destination is notified instead. */
  readonly fallback?: LaneEntry;
  /** Whom the message reached, where not everybody was. */
  readonly recipients?: Recipients | undefined;
  /** What the lane learns from the message; with one of the deliveries that shared it. */
  readonly feedback?: LaneFeedback | undefined;
}

/** A delivery whose destination is served by another lane now. */
export interface MovedDelivery {
  readonly entry: Queued;
  readonly movedTo: string;
}

/** A row of a settlement before it is written. */
export type SettlementRow = DeliveryResult | MovedDelivery;

/** What a lane learns from a message. */
export interface LaneFeedback {
  readonly verdict: Verdict;
  readonly configHash: string;
  /** The place in the budget that the message took. */
  readonly slot?: BudgetSlot | undefined;
  /** The message was a digest, and is what may be kept of it. `mark`: its mark in the lane, unless some have it already. */
  readonly digest?: { readonly mark?: DigestMark | undefined; readonly record: DigestRecord } | undefined;
}

/** A delivery, and the lane whose queue it is put into. */
export interface LaneEntry {
  readonly entry: Queued;
  readonly lane: string;
}

/** A delivery that nobody sends. */
export function dead(entry: Queued, because: string): DeliveryResult {
  return { entry, fate: { state: "dead", because } };
}

/** A delivery that some of its recipients have, of an incident of which all of them get a later one. */
export function overtaken(entry: Queued): DeliveryResult {
  const because = "to some of its recipients; all of them get a later message of the incident";
  return { entry, fate: { state: "delivered", because } };
}

/** The attempts of a delivery that are kept: the first ones say why it went wrong, the last ones how it ended. */
const KEPT_ATTEMPTS = { first: 5, last: 15 };

/** An attempt takes about so many bytes at most: its words are cut to 500 characters. */
const ATTEMPT_BYTES = 1_700;

/** What is kept of a message as it was sent takes so many bytes at most, as JSON. */
export const SENT_BYTES = 20_000;

/** The ids of those whom a message reached take so many bytes at most in a record, and so do those of the others. */
const NAMED_BYTES = 1_500;

/** What one commit of results may take; the database's limit is 800 KiB. */
const COMMIT_BYTES = 500_000;

/** Results in one commit: each takes two mutations of 1,000. */
const COMMIT_RESULTS = 200;

/** Take from the front of `results` as many as one commit holds. */
export function takeForCommit(results: SettlementRow[]): SettlementRow[] {
  let bytes = 0;
  let count = 0;
  for (const result of results) {
    const { entry } = result;
    if ("fate" in result && result.fate.state === "dead") bytes += ALERT_BYTES + 1_000;
    if ("sent" in result && result.sent) bytes += bytesOfSent(result.sent);
    if ("recipients" in result && result.recipients) bytes += 3 * NAMED_BYTES;
    bytes += 600 + Math.min((entry.tries ?? 0) + 1, KEPT_ATTEMPTS.first + KEPT_ATTEMPTS.last) * ATTEMPT_BYTES;
    if (count > 0 && bytes > COMMIT_BYTES || count >= COMMIT_RESULTS) break;
    count++;
  }
  return results.splice(0, count);
}

/** What is written at once: the outbox's part, and the deaths that the windows of the way in hear of. */
export interface DeliverySettlement extends Required<Omit<Settlement, "state">> {
  readonly deaths: readonly DeadDelivery[];
}

/**
 * What the results of a lane come to.
 *
 * @param options `records`: the stored records of deliveries that were tried before · `alerts`: those of dead deliveries;
 * both by the delivery's id
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
  for (const row of rows) {
    if ("movedTo" in row) {
      moved.push({ entry: row.entry, lane: row.movedTo });
      continue;
    }
    const { entry, fate, fallback, feedback } = row;
    const delivery = deliveryAfter(row, records.get(entry.id), now);
    if (fallback) created.push(fallback);
    if (feedback?.digest && hasReached(feedback.verdict)) digests.push(feedback.digest.record);
    if (fate.state === "pending" && !fallback) waiting.push({ entry: fate.entry, delivery });
    else done.push(delivery);
    if (delivery.state === "dead") {
      letters.push(defined({ entry, because: delivery.because, diedAt: now, alert: alerts.get(entry.id) }));
    }
  }
  // A reminder told nobody anything new: no window hangs on it.
  const deaths = done.filter(({ state, reason }) => state === "dead" && reason !== "reminder")
    .map(({ fingerprint, group, alert, id }) => ({ fingerprint, group, alert, delivery: id, now }));
  return { moved, created, done, waiting, digests, letters, deaths };
}

function hasReached(verdict: Verdict): boolean {
  return verdict.kind === "delivered" || reachedBy(verdict).length > 0;
}

function bytesOfSent(sent: NonNullable<Delivery["sent"]>): number {
  if ("with" in sent) return 60;
  const units = sent.title.length + sent.body.length + (sent.html?.length ?? 0) +
    (sent.card === undefined ? 0 : JSON.stringify(sent.card).length);
  return Math.min(6 * units, SENT_BYTES); // six bytes are the most that a UTF-16 unit takes
}

/** The record of a delivery after a try. `before`: its record until now, if it has one. */
export function deliveryAfter(
  { entry, fate, attempt, digest, sent: tried, fallback, recipients }: DeliveryResult,
  before: Delivery | undefined,
  now: number,
): Delivery {
  const sent = tried ?? before?.sent;
  const { id, alert, fingerprint, group, destination, reason, severity, at, instead, again } = entry;
  const attempts = [...before?.attempts ?? [], ...attempt ? [attempt] : []];
  const { first, last } = KEPT_ATTEMPTS;
  return {
    id,
    alert,
    fingerprint,
    group,
    destination,
    reason,
    ...fallback ? { state: "suppressed", by: "fallback" } : { state: fate.state },
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

/** Whom a delivery has reached and whom not; of one that is over nobody is left. */
function recipientsAfter(recipients: Recipients | undefined, { state }: Fate): Pick<Delivery, "recipients"> {
  if (!recipients) return {};
  const { reached, left, failed } = recipients;
  return {
    recipients: state === "pending"
      ? { reached: named(reached), left: named(left), failed: named(failed) }
      : { reached: named(reached), left: [], failed: named([...failed, ...left]) },
  };
}

/** As many ids as a record has room for; the last one says how many more there are. */
function named(ids: readonly string[]): string[] {
  const names: string[] = [];
  let bytes = 0;
  for (const id of new Set(ids)) {
    bytes += jsonBytes(id) + 1;
    if (bytes > NAMED_BYTES) return [...names, `… +${ids.length - names.length}`];
    names.push(id);
  }
  return names;
}

/**
 * The outcome for a caller that waits for the first attempt. `undefined` while the plain retry is pending. A message that
 * reached at least one recipient counts as delivered.
 */
export function firstAttemptOf(fate: Fate, verdict: Verdict): FirstAttempt["state"] | undefined {
  if (fate.state === "delivered" || fate.state === "pending" && fate.entry.partly) return "delivered";
  if (verdict.kind === "throttled") return "pending";
  return fate.state === "pending" && fate.entry.plain ? undefined : "failed";
}

/** How a lane fares after some results; `undefined` when nothing changes. */
export function laneAfterAll(
  record: LaneRecord,
  results: readonly SettlementRow[],
  now: number,
): LaneState | undefined {
  const before = stateOf(record);
  const after = results.reduce((state: LaneState, result) => {
    return "movedTo" in result || !result.feedback ? state : learn(state, result.entry, result.feedback, now);
  }, before);
  const same = (Object.keys({ ...before, ...after }) as (keyof LaneState)[])
    .every((key) => before[key] === after[key]);
  return same ? undefined : after;
}

function learn(
  state: LaneState,
  entry: Queued,
  { verdict, configHash, slot, digest }: LaneFeedback,
  now: number,
): LaneState {
  const { failures: _failures, pause: _pause, sick: _sick, refused = {}, ...kept } = state;
  const health = laneAfter(state, verdict, now);
  const pause = health.pause ?? stillInForce(state.pause, now);
  const refusals = refusalsAfter(refused, verdict, { entry, configHash, now });
  const isMended = refused[configHash] !== undefined && refusals[configHash] === undefined;
  const isWell = isRecovering(state) && !isRecovering({ ...health, pause });
  const after = {
    ...kept,
    ...health,
    ...pause ? { pause } : {},
    ...Object.keys(refusals).length > 0 ? { refused: refusals } : {},
    ...isWell || isMended ? { recoveredAt: now } : {},
    // Its message has arrived by now, if ever: the place is counted from here, and not from the latest time thinkable.
    ...slot && state.spent ? { spent: used(state.spent, slot, now) } : {},
  };
  const mark = digest?.mark;
  return mark ? withDigest(after, mark.destination, markAfter(mark, verdict)) : after;
}

function used(spent: Spent, { rates, at, skew }: BudgetSlot, now: number): Spent {
  return spend(giveBack(spent, rates, { now, at }), rates, { now, at: now + skew });
}

/** A digest that the vendor does not take even without markup is given up: its alerts go one by one. */
function markAfter(mark: DigestMark, { kind, ...verdict }: Verdict): DigestMark | undefined {
  if (kind === "delivered" || "alone" in verdict && verdict.alone) return undefined;
  if (kind !== "refused" || !("what" in verdict)) return mark;
  if (verdict.what === "config") return mark;
  return verdict.what === "payload" && !mark.plain ? { ...mark, plain: true } : undefined;
}

/** A message that was under way when the lane was paused does not end the pause. */
function stillInForce(pause: Pause | undefined, now: number): Pause | undefined {
  return pause && pause.until > now ? pause : undefined;
}
