import type { Verdict } from "../channel.ts";
import type { FirstAttempt } from "../intake/first_attempts.ts";
import { sicknessOf } from "../store/lane_record.ts";
import { withFallback } from "./fallback.ts";
import type { Judgement } from "./judge.ts";
import type { LaneWork } from "./lane_work.ts";
import type { Attempt } from "./attempt.ts";
import type { Fate } from "./retry.ts";

/** Write the results of a message. Callers that wait for its first attempt are answered first. */
export async function settle(
  { results, verdict, reach }: Judgement,
  attempt: Attempt,
  lane: LaneWork,
): Promise<void> {
  const { batch, lease } = attempt;
  const { configHash } = batch.destination;
  const { clock, healthChanged, store, waiters } = lane.tools;
  const step = verdict && "step" in verdict ? verdict.step : undefined;
  for (const { entry, fate, attempt } of results) {
    const state = verdict && attempt && firstAttemptOf(fate, verdict);
    if (state) waiters.report(entry.id, { state, because: fate.because, step });
  }
  const now = clock.now();
  const payload = lane.fallbackPayload(now);
  const isSick = (): boolean => sicknessOf(lease.record, configHash) !== undefined;
  const wasSick = isSick();
  // Results that do not change the lane's state let the next message start at once.
  const canWait = isUneventful(results, attempt);
  if (canWait) lane.inFlight.makeWay(attempt);
  await lane.settlements.write(results.map((one) => withFallback(one, batch, { now, payload })), { canWait });
  if (isSick() !== wasSick) healthChanged();
  // Best effort: if it fails, the next message notes it.
  if (reach) await store.recipients.note(reach, now).catch(() => {});
}

/** Whether the results leave the lane's state unchanged: a healthy vendor without a budget delivered all of them. */
function isUneventful(
  results: Judgement["results"],
  { batch: { rates, digest, refusal }, lease: { record: { failures, pause, sick } } }: Attempt,
): boolean {
  return rates.length === 0 && !digest && !refusal && failures === 0 && !pause && !sick &&
    results.length > 0 && results.every(({ fate }) => fate.state === "delivered");
}

/**
 * The outcome for a caller that waits for the first attempt. `undefined` while the plain retry is pending. A message
 * that reached at least one recipient counts as delivered, and so does a message that the channel skipped.
 */
export function firstAttemptOf(fate: Fate, verdict: Verdict): FirstAttempt["state"] | undefined {
  if (fate.state === "delivered" || fate.state === "suppressed") return "delivered";
  if (fate.state === "pending" && fate.entry.partly) return "delivered";
  if (verdict.kind === "throttled") return "pending";
  return fate.state === "pending" && fate.entry.plain ? undefined : "failed";
}
