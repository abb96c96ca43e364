import { defined } from "../base/defined.ts";
import { type ChannelResponse, refused, retry, throttled, type Verdict } from "../channel.ts";
import type { Destination, Group } from "../domain/group.ts";
import type { Queued } from "../domain/record.ts";
import type { LaneState } from "../store/lane_record.ts";
import { HOUR, MINUTE, SECOND } from "../base/duration.ts";

/** A delivery is tried for at least this long before it is given up, and waits this long for a refused config to be mended. */
export const PATIENCE = 24 * HOUR;

/** A vendor that names a longer wait is asked again after this one. */
const LONGEST_WAIT = 15 * MINUTE;

/** Failures in a row after which the whole lane pauses, so that a sick vendor does not use up every delivery's tries. */
export const FAILURES_TO_PAUSE = 5;

/** A number in [0, 1): passed in, so that tests know what comes. */
export type Random = () => number;

/** What a delivery comes to after a try. */
export type Fate =
  | { readonly state: "delivered"; readonly because: string }
  | { readonly state: "dead"; readonly because: string }
  | { readonly state: "pending"; readonly because: string; readonly entry: Queued };

/** How long until the next try: 5 s doubling up to an hour, ± 20 % so that many do not come back at once. */
export function backoff(tries: number, random: Random): number {
  const delay = Math.min(HOUR, 5 * SECOND * 2 ** Math.min(tries - 1, 20));
  return Math.round(delay * (0.8 + 0.4 * random()));
}

/**
 * The same for a message that was handed over and may have arrived: a minute, growing fourfold up to an hour. A receiver
 * that answers too slowly must not get it five times in a minute; one that lost it must not wait for an hour.
 */
export function unknownFateBackoff(tries: number, random: Random): number {
  const delay = Math.min(HOUR, MINUTE * 4 ** Math.min(tries - 1, 10));
  return Math.round(delay * (0.8 + 0.4 * random()));
}

/** What an answer means by its HTTP status alone. */
export function verdictByStatus(response: ChannelResponse, { now }: { now: number }): Verdict {
  const { status, headers } = response;
  const because = `HTTP ${status}${excerpt(response.text)}`;
  const waitMs = retryAfter(headers, { now });
  if (status >= 200 && status < 300) return { kind: "delivered", because: `HTTP ${status}` };
  if (status === 429) return throttled(because, { waitMs: waitMs ?? MINUTE });
  // A gateway that has no answer in time has handed the message over.
  if (status === 504) return retry(because, { waitMs, handedOver: true });
  if (status >= 500 || status === 408 || status === 425) return retry(because, { waitMs });
  if (status >= 300 && status < 400) {
    return refused("config", `${because}: it redirects elsewhere; correct the address`);
  }
  if ([401, 403, 404, 405, 407, 410].includes(status)) return refused("config", because);
  return refused("payload", because);
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line === "" ? "" : `: ${line.slice(0, 200).toWellFormed()}`;
}

/** `Retry-After` in milliseconds, given as seconds or as a date; at most 15 minutes. */
export function retryAfter(headers: Headers, { now }: { now: number }): number | undefined {
  const text = headers.get("retry-after")?.trim();
  if (!text) return undefined;
  const wait = /^\d+$/.test(text) ? Number(text) * SECOND : Date.parse(text) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), LONGEST_WAIT);
}

/** What a fate depends on beside the verdict. `isIdempotent`: the vendor drops a repeat. */
interface FateContext {
  readonly now: number;
  readonly random: Random;
  readonly isIdempotent?: boolean;
}

/** What a delivery comes to after a verdict. One that has reached somebody is never dead: the others are given up. */
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

/** Whom a message that goes again has reached by now. */
export function reachedBy(verdict: Verdict): readonly string[] {
  return verdict.kind === "retry" ? verdict.alone?.reached ?? [] : [];
}

function fateOfAll(
  entry: Queued,
  verdict: Verdict,
  { now, random, isIdempotent = false }: FateContext,
): Fate {
  const { because } = verdict;
  const { handedOver: _, ...known } = entry;
  switch (verdict.kind) {
    case "delivered":
      return { state: "delivered", because };
    case "throttled": // a wait, not an attempt
      return { state: "pending", because, entry: { ...known, tries: entry.tries ?? 0 } };
    case "retry": {
      const tries = (entry.tries ?? 0) + 1;
      const firstTry = entry.firstTry ?? now;
      if (now - firstTry >= PATIENCE) {
        return {
          state: "dead",
          because: `given up after ${tries} attempts in ${hours(now - firstTry)} h: ${because}`,
        };
      }
      const usual = verdict.handedOver && !isIdempotent ? unknownFateBackoff : backoff;
      const wait = Math.max(verdict.waitMs ?? 0, usual(tries, random));
      // One try is kept for the end of the patience, so that the last word is no older than that.
      const due = Math.max(now + SECOND, Math.min(now + wait, firstTry + PATIENCE));
      const after = { ...known, tries, firstTry, due };
      return {
        state: "pending",
        because,
        entry: verdict.handedOver ? { ...after, handedOver: true } : after,
      };
    }
    case "refused":
      if (verdict.what === "config" && now - startOf(entry) < PATIENCE) {
        return { state: "pending", because, entry: { ...known, tries: (entry.tries ?? 0) + 1 } };
      }
      if (verdict.what === "payload" && !entry.plain && !entry.partly) {
        return { state: "pending", because, entry: { ...known, plain: true, tries: (entry.tries ?? 0) + 1 } };
      }
      return { state: "dead", because };
  }
}

/** When a delivery began to wait. */
export function startOf({ since, at }: Queued): number {
  return since ?? at;
}

/** When a delivery has waited so long that its fallback is told; `Infinity` if there is none, or a recipient has the message. */
export function patienceOf(
  entry: Queued,
  { destination, group }: { destination: Destination; group: Group },
): number {
  const hasFallback = !entry.partly && group.destinations.some(({ id }) => id === destination.fallback);
  return hasFallback ? startOf(entry) + destination.fallbackAfter : Infinity;
}

function hours(ms: number): number {
  return Math.round(ms / HOUR);
}

/** How a vendor fares. */
type Health = Pick<LaneState, "failures" | "pause" | "sick">;

/** Whether the vendor took nothing when it was last tried. */
export function isRecovering(
  { failures, pause }: { failures: number; pause?: LaneState["pause"] | undefined },
): boolean {
  return pause !== undefined || failures >= FAILURES_TO_PAUSE;
}

/**
 * How a lane fares after a verdict: its failures in a row, whether all of it waits, and whether its vendor is sick. What a
 * refused config means is the config's own: `refusals.ts`.
 */
export function laneAfter({ failures, sick }: Health, verdict: Verdict, now: number): Health {
  const { because } = verdict;
  const step = "step" in verdict && verdict.step !== undefined ? { step: verdict.step } : {};
  const ill = { sick: sick ?? { since: now, because } };
  if (verdict.kind === "throttled") {
    const pause = { kind: "throttled", until: now + verdict.waitMs, at: now, because } as const;
    return defined({ failures, pause, sick });
  }
  if (verdict.kind === "retry" && !verdict.alone) {
    const more = failures + 1;
    if (more < FAILURES_TO_PAUSE) return defined({ failures: more, sick });
    const wait = Math.min(10 * MINUTE, 10 * SECOND * 2 ** Math.min(more - FAILURES_TO_PAUSE, 10));
    return {
      failures: more,
      pause: { kind: "failing", until: now + wait, at: now, because, ...step },
      ...ill,
    };
  }
  return { failures: 0 }; // it answered, so it lives
}
