import { oneLine } from "../base/text.ts";
import type { Clock } from "../base/clock.ts";
import { retry, retryAlone, type Verdict } from "../channel.ts";
import { cardOf, isIdempotent } from "../channel/options.ts";
import type { AttemptRecord, DigestRecord, Queued } from "../domain/record.ts";
import { redact } from "../redaction/redact.ts";
import type { Reach } from "../store/failing_members.ts";
import { retriedTogether } from "./coalesce.ts";
import { digestCardChanges, isFailedEdit, threadOf } from "./digest_edit.ts";
import { wordsOf } from "./error_words.ts";
import type { RenderedBatch } from "./render_batch.ts";
import type { Attempt } from "./attempt.ts";
import { aggregate } from "./one_by_one.ts";
import { reachOf, reachOfOne, recipientsAt, recipientsOf } from "./reach.ts";
import { type Fate, fateOf, type Random, reachedBy } from "./retry.ts";
import { digestRecordOf, sentMessageOf } from "./sent_record.ts";
import { dead, type DeliveryResult, type LaneFeedback } from "./delivery_result.ts";
import { threadChange } from "./threads.ts";
import type { Judged } from "./vendor_call.ts";

/** The result of a message. */
export interface Judgement {
  /**
   * One result a delivery. Deliveries without a result are sent later: the message had no room for them, or was not
   * sent.
   */
  readonly results: readonly DeliveryResult[];
  /** Absent if the message was not sent. */
  readonly verdict?: Verdict;
  /** Which members it reached and which it did not, when it was sent: for the list of failing members. */
  readonly reach?: Reach;
}

/** The dependencies of judging. */
export interface JudgeTools {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * The result of a message for each of its deliveries. `sent`: the vendor's verdict; absent if the message was not
 * sent.
 */
export function judge(
  { message, covered, gone, problem, digest }: RenderedBatch,
  sent: Judged | undefined,
  attempt: Attempt,
  tools: JudgeTools,
): Judgement {
  const lost = gone.map((entry) => dead(entry, "the alert's record is gone"));
  const { batch, reservation: { slot } } = attempt;
  const { destination, channel, digest: mark } = batch;
  if (!message && mark?.edits !== undefined) return judgeGoneDigest(covered, attempt);
  if (!message || !sent) return { results: lost };
  const { verdict: answer, unasked, turn } = sent;
  const { verdict, progress, continues } = turn
    ? aggregate(turn, answer, { isPlain: message.plain })
    : { verdict: answer };
  const { changes: receipts, problem: receiptProblem } = threadChange(
    message,
    { batch, covered, recipient: turn?.next?.id, isPast: sent.isPast },
    answer,
  );
  const digestCards = digestCardChanges(message, { batch, covered }, answer);
  const problems = [problem, receiptProblem].filter((words) => words !== undefined);
  const record: AttemptRecord = {
    ...sent.record,
    ...problems.length === 0 ? {} : { problem: problems.join("; ") },
    ...covered.length > 1 ? { together: covered.length } : {},
  };
  const digestRecord = digest && digestRecordOf(message, destination, { ...digest, covered, at: record.at });
  // The vendor has answered, and the next attempt posts a new message.
  const forgets = answer.kind === "retry" && answer.forget === true && sent.hadEarlier === true ||
    isFailedEdit(batch, answer);
  const fates = forgets
    ? covered.map((entry) => pendingAgain(entry, verdict.because))
    : fatesOf(covered, { verdict, continues, messageId: message.id, digestRecord, attempt }, tools);
  const isPending = fates.some(({ state }) => state === "pending");
  // A digest that has reached nobody yet remains marked as unfinished, so that the others get it unchanged.
  const isUnread = progress !== undefined && isPending && progress.reached.length === 0;
  const feedback: LaneFeedback = {
    verdict: forgets ? retryAlone(verdict.because) : answer,
    configHash: destination.configHash,
    unasked,
    slot,
    digest: (digestRecord ?? mark?.edits) === undefined
      ? undefined
      : { mark: isUnread ? undefined : mark, record: digestRecord },
  };
  const to = (turn?.recipients ?? message.recipients).map(({ id }) => id);
  const recipients = progress ? recipientsAt(progress, verdict) : recipientsOf(verdict);
  // Each incident's receipts are written with its own delivery, because those of a large digest do not fit one commit.
  const changesOf = Map.groupBy(receipts, ({ fingerprint }) => fingerprint);
  const cardsOf = Map.groupBy(digestCards.cards, ({ fingerprint }) => fingerprint);
  const threadsOf = ({ fingerprint }: Queued, index: number): Pick<DeliveryResult, "receipts" | "cards"> => {
    const ofDigest = index === 0 ? digestCards.receipts : [];
    const receipts = [...ofDigest, ...changesOf.get(fingerprint) ?? []];
    const cards = cardsOf.get(fingerprint) ?? [];
    changesOf.delete(fingerprint);
    cardsOf.delete(fingerprint);
    return { ...receipts.length > 0 ? { receipts } : {}, ...cards.length > 0 ? { cards } : {} };
  };
  const results = covered.map((entry, index): DeliveryResult => ({
    entry,
    fate: fates[index]!,
    attempt: record,
    to,
    recipients,
    digest: digestRecord?.id,
    sent: digestRecord
      ? undefined
      : index === 0
      ? sentMessageOf(message, cardOf(channel, destination.config, message))
      : { id: message.id, with: covered[0]!.id },
    // One message gives the lane one feedback, for any number of its deliveries.
    feedback: index === 0 ? feedback : undefined,
    ...threadsOf(entry, index),
    ...index === 0 && progress ? { progress: { message: message.id, ...isPending ? { progress } : {} } } : {},
  }));
  return {
    results: [...lost, ...results],
    // Waiting callers are answered when the first recipient is reached, or when the last one has failed.
    ...continues && progress?.reached.length === 0 ? {} : { verdict },
    reach: turn?.next
      ? reachOfOne(destination, turn.next.id, { progress: progress!, because: answer.because })
      : reachOf(destination, message.recipients, verdict),
  };
}

/** The result of the edit of a digest whose record is gone: its updates are sent as new messages immediately. */
function judgeGoneDigest(
  covered: readonly Queued[],
  { batch: { destination, digest }, reservation: { slot } }: Attempt,
): Judgement {
  const because = "the record of the digest is gone";
  const { configHash } = destination;
  const feedback: LaneFeedback = {
    verdict: retryAlone(because),
    configHash,
    unasked: true,
    slot,
    digest: { mark: digest },
  };
  return {
    results: covered.map((entry, index): DeliveryResult => ({
      entry,
      fate: pendingAgain(entry, because),
      ...index === 0 ? { feedback, receipts: [threadOf(destination, digest!.edits!)] } : {},
    })),
  };
}

/** The result of a message that failed because of the relay itself: its deliveries are retried. */
export function judgeFault(error: unknown, { batch }: Attempt, { clock, random }: JudgeTools): Judgement {
  const because = `the relay failed: ${oneLine(redact(wordsOf(error), batch.destination.secrets))}`;
  const verdict = retry(because);
  const attempt: AttemptRecord = { at: clock.now(), ms: 0, verdict: "retry", because };
  const feedback: LaneFeedback = { verdict, configHash: batch.destination.configHash };
  const now = clock.now();
  const chance = random(); // one backoff for all deliveries of the message
  const isSafe = isIdempotent(batch.channel, batch.destination.config);
  const results = batch.entries.map((entry, index): DeliveryResult => ({
    entry,
    fate: fateOf(entry, verdict, { now, random: () => chance, isIdempotent: isSafe }),
    attempt,
    feedback: index === 0 ? feedback : undefined,
  }));
  return { results, verdict };
}

/** The effect of a verdict on each delivery of the message. */
function fatesOf(
  covered: readonly Queued[],
  { verdict, continues = false, messageId, digestRecord, attempt: { batch } }: {
    verdict: Verdict;
    continues?: boolean | undefined;
    messageId: string;
    digestRecord: DigestRecord | undefined;
    attempt: Attempt;
  },
  { clock, random }: JudgeTools,
): Fate[] {
  const { destination: { config }, digest: mark, channel } = batch;
  const chance = random(); // one backoff for all deliveries of the message
  const context = {
    now: clock.now(),
    random: () => chance,
    isIdempotent: isIdempotent(channel, config),
  };
  const isRefusedAsDigest = mark && !mark.plain && verdict.kind === "refused" && verdict.what === "payload";
  if (mark?.edits !== undefined && verdict.kind === "delivered") {
    const because = `${verdict.because}: the digest was edited`;
    return covered.map(() => ({ state: "delivered", because }));
  }
  const isPartly = reachedBy(verdict).length > 0;
  return covered.map((entry) => {
    const fate = isRefusedAsDigest
      ? pendingAgain(entry, verdict.because)
      : continues
      ? nextTurn(entry, verdict.because)
      : fateOf(entry, verdict, context);
    if (fate.state !== "pending") return fate;
    if (isPartly) {
      const partly = digestRecord ? "digest" : "message";
      return { ...fate, entry: { ...fate.entry, payload: messageId, partly } };
    }
    if (verdict.kind !== "retry" || digestRecord || covered.length === 1) return fate;
    return { ...fate, entry: retriedTogether(fate.entry, { batch, message: messageId }) };
  });
}

/**
 * A delivery that is retried at once, together with the others of its message: a refused digest, without markup, before its
 * deliveries are retried one by one; and a message whose earlier one is gone.
 */
function pendingAgain(entry: Queued, because: string): Fate {
  return { state: "pending", because, entry: { ...entry, tries: (entry.tries ?? 0) + 1 } };
}

/** A delivery whose next recipient follows at once: this does not count as a failed attempt. */
function nextTurn(
  { due: _due, handedOver: _handedOver, brokenAt: _brokenAt, ...entry }: Queued,
  because: string,
): Fate {
  return { state: "pending", because, entry: { ...entry, tries: entry.tries ?? 0 } };
}
