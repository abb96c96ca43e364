import { refused } from "../channel.ts";
import type { Queued } from "../domain/record.ts";
import type { Found, Refused } from "./choice.ts";
import { fateOf, PATIENCE, patienceOf, startOf } from "./retry.ts";
import type { Over, Result } from "./settlement.ts";

/** Why a delivery cannot be made, and since when that is known. */
export interface Obstacle {
  readonly because: string;
  readonly at: number;
}

/**
 * A delivery that the fallback of its destination makes instead. Those that share `together` share a message there.
 *
 * @returns `undefined` when the destination has no fallback
 */
export function fallOver(
  entry: Queued,
  { destination, group }: Found,
  { because, at, now, together }: Obstacle & { now: number; together: string },
): { over: Over; because: string } | undefined {
  const next = group.destinations.find(({ id }) => id === destination.fallback);
  if (!next) return undefined;
  const {
    tries: _tries,
    firstTry: _firstTry,
    due: _due,
    handedOver: _handedOver,
    plain: _plain,
    held: _held,
    again: _again,
    ...kept
  } = entry;
  return {
    because: `${next.id} is told instead: ${because}`,
    over: {
      lane: next.lane,
      entry: {
        ...kept,
        id: `${entry.id}-fallback`,
        destination: next.id,
        payload: together,
        since: now,
        instead: { delivery: entry.id, destination: destination.id, because, at },
      },
    },
  };
}

/** A result, unless the fallback is to be told: because the delivery died, or has to wait for too long. */
export function withFallback(
  result: Result,
  found: Found,
  { now, together }: { now: number; together: string },
): Result {
  if ("movedTo" in result || result.over) return result;
  const { entry, fate, attempt } = result;
  const isOver = fate.state === "dead" ||
    fate.state === "pending" && (fate.entry.due ?? now) > Math.max(now, patienceOf(fate.entry, found));
  if (!isOver) return result;
  const fallen = fallOver(entry, found, { because: fate.because, at: attempt?.at ?? now, now, together });
  if (!fallen) return result;
  return { ...result, fate: { state: "dead", because: fallen.because }, over: fallen.over };
}

/**
 * The result of a delivery whose config is refused, without asking its vendor. Nobody knows when the config will be fixed,
 * so the fallback is told at once; without one the delivery is dead after a day.
 *
 * @returns `undefined` when it waits
 */
export function insteadOfRefused(
  { entry, found, refusal }: Refused,
  { now, together }: { now: number; together: string },
): Result | undefined {
  const end = startOf(entry) + PATIENCE;
  if (end <= now) {
    const fate = fateOf(entry, refused("config", refusal.because), { now, random: () => 0 });
    return withFallback({ entry, fate }, found, { now, together });
  }
  const fallen = fallOver(entry, found, { ...refusal, now, together });
  return fallen && { entry, fate: { state: "dead", because: fallen.because }, over: fallen.over };
}
