import { defined } from "../base/defined.ts";
import type { Verdict } from "../channel.ts";
import type { Destination, Group } from "../domain/group.ts";
import { isEvent } from "../domain/outcome.ts";
import type { Queued } from "../domain/record.ts";
import { CLOCK_SKEW, type LaneState } from "../store/lane_record.ts";
import { HOUR, MINUTE, SECOND } from "../base/duration.ts";

/** A delivery is retried for at least this long before it is dead, and waits this long for a refused config to be fixed. */
export const PATIENCE = 24 * HOUR;

/** Failures in a row after which the whole lane pauses, so that a failing vendor does not use up every delivery's tries. */
export const FAILURES_TO_PAUSE = 5;

/** Returns a number in [0, 1). Injected, so that tests are deterministic. */
export type Random = () => number;

/** The state of a delivery after a try. */
export type Fate =
  | { readonly state: "delivered"; readonly because: string }
  | { readonly state: "dead"; readonly because: string }
  | { readonly state: "suppressed"; readonly because: string; readonly by?: "silence" | "inhibited" }
  | { readonly state: "pending"; readonly because: string; readonly entry: Queued };

/** Milliseconds until the next try: 5 s, doubling up to an hour, with 20 % jitter. */
export function backoff(tries: number, random: Random): number {
  const delay = Math.min(HOUR, 5 * SECOND * 2 ** Math.min(tries - 1, 20));
  return Math.round(delay * (0.8 + 0.4 * random()));
}

/**
 * The backoff for a message that was handed over and may have arrived: a minute, growing fourfold up to an hour. A receiver
 * that answers too slowly must not get it five times in a minute; a receiver that lost it must not wait for an hour.
 */
export function unknownFateBackoff(doubts: number, random: Random): number {
  const delay = Math.min(HOUR, MINUTE * 4 ** Math.min(doubts - 1, 10));
  return Math.round(delay * (0.8 + 0.4 * random()));
}

/** The backoff while a channel's own code fails: a few tries soon, because the cause may be an odd answer, then rarely. */
function brokenBackoff(tries: number, random: Random): number {
  const rarely = [5 * MINUTE, 15 * MINUTE];
  return tries <= SOON_TRIES ? backoff(tries, random) : rarely[tries - SOON_TRIES - 1] ?? HOUR;
}

/** After this many tries of a message its channel's code is assumed to be wrong. */
const SOON_TRIES = 3;

/** The inputs of a fate, in addition to the verdict. `isIdempotent`: the vendor drops a repeat. */
interface FateContext {
  readonly now: number;
  readonly random: Random;
  readonly isIdempotent?: boolean;
}

/** The state of a delivery after a verdict. A delivery that reached a recipient is never dead: the others are given up. */
export function fateOf(
  entry: Queued,
  verdict: Verdict,
  context: FateContext,
): Fate {
  const fate = fateOfAll(entry, verdict, context);
  const hasReached = entry.partly !== undefined || reachedBy(verdict).length > 0;
  return fate.state === "dead" && hasReached
    ? { state: "delivered", because: `to some of its recipients: ${fate.because}` }
    : fate;
}

/** The recipients that a message to be retried has reached so far. */
export function reachedBy(verdict: Verdict): readonly string[] {
  return verdict.kind === "retry" ? verdict.alone?.reached ?? [] : [];
}

function fateOfAll(
  entry: Queued,
  verdict: Verdict,
  { now, random, isIdempotent = false }: FateContext,
): Fate {
  const { because } = verdict;
  const { handedOver: _, brokenAt: _broken, ...queued } = entry;
  switch (verdict.kind) {
    case "delivered":
      return { state: "delivered", because };
    case "throttled": // a wait, not an attempt
      return { state: "pending", because, entry: { ...queued, tries: entry.tries ?? 0 } };
    case "retry": {
      const tries = (entry.tries ?? 0) + 1;
      const firstTry = entry.firstTry ?? now;
      if (now - firstTry >= PATIENCE) {
        return {
          state: "dead",
          because: `given up after ${tries} attempts in ${hours(now - firstTry)} h: ${because}`,
        };
      }
      // Only attempts with an unknown outcome lengthen this backoff.
      const earlier = entry.doubts ?? (entry.handedOver ? entry.tries ?? 0 : 0);
      const doubts = earlier + (verdict.handedOver ? 1 : 0);
      const usual = verdict.broken
        ? brokenBackoff(tries, random)
        : verdict.handedOver && !isIdempotent
        ? unknownFateBackoff(doubts, random)
        : backoff(tries, random);
      const wait = Math.max(verdict.waitMs ?? 0, usual);
      // The last try comes at the end of the patience, so that the final reason is recent.
      const due = Math.max(now + SECOND, Math.min(now + wait, firstTry + PATIENCE));
      const after = {
        ...queued,
        tries,
        firstTry,
        due,
        ...doubts > 0 ? { doubts } : {},
        ...verdict.broken ? { brokenAt: now } : {},
      };
      return {
        state: "pending",
        because,
        entry: verdict.handedOver ? { ...after, handedOver: true } : after,
      };
    }
    case "refused":
      if (verdict.what === "config" && now - startOf(entry) < PATIENCE) {
        return { state: "pending", because, entry: { ...queued, tries: (entry.tries ?? 0) + 1 } };
      }
      if (verdict.what === "payload" && !entry.plain && !entry.partly) {
        return {
          state: "pending",
          because,
          entry: { ...queued, plain: true, tries: (entry.tries ?? 0) + 1 },
        };
      }
      return { state: "dead", because };
    case "skipped":
      return { state: "suppressed", because };
  }
}

/** The time at which a delivery began to wait. */
export function startOf({ since, at }: Queued): number {
  return since ?? at;
}

/**
 * The time at which the fallback of a waiting delivery is notified; `Infinity` without a fallback, or if a recipient
 * got the message.
 */
export function patienceOf(
  entry: Queued,
  { destination, group }: { destination: Destination; group: Group },
): number {
  const hasFallback = !entry.partly && !isEvent(entry.reason) &&
    group.destinations.some(({ id }) => id === destination.fallback);
  return hasFallback ? startOf(entry) + destination.fallbackAfter : Infinity;
}

function hours(ms: number): number {
  return Math.round(ms / HOUR);
}

/** The health of a lane's vendor. */
type LaneHealth = Pick<LaneState, "failures" | "pause" | "sick">;

/** Whether the vendor failed when it was last tried. */
export function isRecovering(
  { failures, pause }: { failures: number; pause?: LaneState["pause"] | undefined },
): boolean {
  return pause !== undefined || failures >= FAILURES_TO_PAUSE;
}

/**
 * The health of a lane after a verdict: its failures in a row, its pause, and whether its vendor is sick. Refused configs are
 * handled in `refused_configs.ts`.
 */
export function laneAfter({ failures, pause, sick }: LaneHealth, verdict: Verdict, now: number): LaneHealth {
  const { because } = verdict;
  const step = "step" in verdict && verdict.step !== undefined ? { step: verdict.step } : {};
  const sickness = { sick: sick ?? { since: now, because } };
  if (verdict.kind === "throttled") {
    const pause = { kind: "throttled", until: now + verdict.waitMs, at: now, because } as const;
    return defined({ failures, pause, sick });
  }
  if (verdict.kind === "retry" && verdict.broken) return defined({ failures, pause, sick }); // says nothing of the vendor
  if (verdict.kind === "retry" && !verdict.alone) {
    // It was in flight when the pause began. Messages that fail together fail once: each would double the pause otherwise.
    const isLate = pause?.kind === "failing" && pause.at <= now + CLOCK_SKEW && now < pause.until;
    if (isLate) return defined({ failures, pause, sick });
    const total = failures + 1;
    if (total < FAILURES_TO_PAUSE) return defined({ failures: total, sick });
    const wait = Math.min(10 * MINUTE, 10 * SECOND * 2 ** Math.min(total - FAILURES_TO_PAUSE, 10));
    return {
      failures: total,
      pause: { kind: "failing", until: now + wait, at: now, because, ...step },
      ...sickness,
    };
  }
  return { failures: 0 }; // an answer, even a refusal, shows that the vendor is up
}
