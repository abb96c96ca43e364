import type { Tried } from "./attempt.ts";
import type { Verdict } from "../channel.ts";
import type { Attempt, Delivery, Queued } from "../record.ts";
import { type Fate, laneAfter } from "./retry.ts";
import type { LaneRecord, Pause } from "../store/outbox.ts";
import { ALERT_BYTES } from "../shrink.ts";
import type { FirstTry } from "../intake/watch.ts";

/** What came of one delivery, to be written. */
export type Result =
  | {
    readonly entry: Queued;
    readonly fate: Fate;
    readonly attempt?: Attempt;
    /** What the lane learns from the message; with one of the deliveries that shared it. */
    readonly lesson?: Lesson;
  }
  | { readonly entry: Queued; readonly movedTo: string };

/** What a lane learns from a message. */
export interface Lesson {
  readonly verdict: Exclude<Tried, { stopped: true }>["verdict"];
  readonly configHash: string;
}

/** A delivery that nobody sends. */
export function dead(entry: Queued, because: string): Result {
  return { entry, fate: { state: "dead", because } };
}

/** The attempts of a delivery that are kept: the first ones say why it went wrong, the last ones how it ended. */
const KEPT_ATTEMPTS = { first: 5, last: 15 };

/** An attempt takes about so many bytes at most: its words are cut to 500 characters. */
const ATTEMPT_BYTES = 1_700;

/** What one commit of results may take; the database's limit is 800 KiB. */
const COMMIT_BYTES = 500_000;

/** Results in one commit: each takes two mutations of 1,000. */
const COMMIT_RESULTS = 200;

/** Take from the front of `results` as many as one commit holds. */
export function takeForCommit(results: Result[]): Result[] {
  let bytes = 0;
  let count = 0;
  for (const result of results) {
    const { entry } = result;
    if ("fate" in result && result.fate.state === "dead") bytes += ALERT_BYTES + 1_000;
    bytes += 600 + Math.min((entry.tries ?? 0) + 1, KEPT_ATTEMPTS.first + KEPT_ATTEMPTS.last) * ATTEMPT_BYTES;
    if (count > 0 && bytes > COMMIT_BYTES || count >= COMMIT_RESULTS) break;
    count++;
  }
  return results.splice(0, count);
}

/** The record of a delivery after a try. `before`: its record until now, if it has one. */
export function deliveryAfter(
  { entry, fate, attempt }: Exclude<Result, { movedTo: string }>,
  before: Delivery | undefined,
  now: number,
): Delivery {
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
    state: fate.state,
    because: fate.because,
    severity,
    ...instead ? { instead } : {},
    ...again ? { again } : {},
    at,
    ...fate.state === "pending" ? {} : { settledAt: now },
    attempts: attempts.length <= first + last
      ? attempts
      : [...attempts.slice(0, first), ...attempts.slice(-last)],
  };
}

/** What a caller who waits should hear; nothing while the plain try is still to come. */
export function firstTryOf(fate: Fate, verdict: Verdict): FirstTry["state"] | undefined {
  if (fate.state === "delivered") return "delivered";
  if (verdict.kind === "throttled") return "pending";
  return fate.state === "pending" && fate.entry.plain ? undefined : "failed";
}

/** A lane's failures and pause after some results; `undefined` when nothing changes. */
export function laneAfterAll(
  record: LaneRecord,
  results: readonly Result[],
  now: number,
): Pick<LaneRecord, "failures" | "pause"> | undefined {
  const after = results.reduce((record: Pick<LaneRecord, "failures" | "pause">, result) => {
    if ("movedTo" in result || !result.lesson) return record;
    const { entry, lesson: { verdict, configHash } } = result;
    const { failures, pause = stillInForce(record.pause, entry, now) } = laneAfter(record, verdict, {
      entry,
      configHash,
      now,
    });
    return pause ? { failures, pause } : { failures };
  }, record);
  return after.failures === record.failures && after.pause === record.pause ? undefined : after;
}

/** A message that was under way when the lane was paused does not end the pause; a mended config does. */
function stillInForce(pause: Pause | undefined, entry: Queued, now: number): Pause | undefined {
  if (!pause || pause.until <= now) return undefined;
  return pause.kind === "config" && pause.destination === entry.destination ? undefined : pause;
}
