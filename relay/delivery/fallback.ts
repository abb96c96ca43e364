import { refused } from "../channel.ts";
import { isEvent } from "../domain/outcome.ts";
import { asNew, type Queued } from "../domain/record.ts";
import type { FoundDestination } from "../domain/group.ts";
import type { RefusedDelivery } from "./batch.ts";
import { fateOf, PATIENCE, patienceOf, startOf } from "./retry.ts";
import type { DeliveryResult, LaneEntry } from "./delivery_result.ts";

/** The reason why a delivery cannot be made, and the time of that finding. */
export interface FallbackCause {
  readonly because: string;
  readonly at: number;
}

/**
 * The delivery to the fallback of a destination. Deliveries of one `payload` may share a message there.
 *
 * @returns `undefined` when the destination has no fallback
 */
export function fallOver(
  entry: Queued,
  { destination, group }: FoundDestination,
  { because, at, now, payload }: FallbackCause & { now: number; payload: string },
): { fallback: LaneEntry; because: string } | undefined {
  const next = group.destinations.find(({ id }) => id === destination.fallback);
  // The fallback was not notified of the incident.
  if (!next || isEvent(entry.reason)) return undefined;
  const { again: _, ...rest } = asNew(entry);
  return {
    because: `${next.id} is told instead: ${because}`,
    fallback: {
      lane: next.lane,
      entry: {
        ...rest,
        id: `${entry.id}-fallback`,
        destination: next.id,
        payload,
        since: now,
        instead: { delivery: entry.id, destination: destination.id, because, at },
      },
    },
  };
}

/** A result, handed to the fallback when the delivery is dead or would wait for too long. */
export function withFallback(
  result: DeliveryResult,
  found: FoundDestination,
  { now, payload }: { now: number; payload: string },
): DeliveryResult {
  if (result.fallback) return result;
  const { entry, fate, attempt } = result;
  const isOver = fate.state === "dead" ||
    fate.state === "pending" && (fate.entry.due ?? now) > Math.max(now, patienceOf(fate.entry, found));
  if (!isOver) return result;
  const fallen = fallOver(entry, found, { because: fate.because, at: attempt?.at ?? now, now, payload });
  if (!fallen) return result;
  return { ...result, fate: { state: "dead", because: fallen.because }, fallback: fallen.fallback };
}

/**
 * The result of a delivery whose config is refused, without a call of its vendor. The time of a fix is unknown, so
 * the fallback is notified at once; without a fallback the delivery is dead after a day.
 *
 * @returns `undefined` while it waits
 */
export function insteadOfRefused(
  { entry, found, refusal }: RefusedDelivery,
  { now, payload }: { now: number; payload: string },
): DeliveryResult | undefined {
  const end = startOf(entry) + PATIENCE;
  if (end <= now) {
    const fate = fateOf(entry, refused("config", refusal.because), { now, random: () => 0 });
    return withFallback({ entry, fate }, found, { now, payload });
  }
  const fallen = fallOver(entry, found, { ...refusal, now, payload });
  return fallen && { entry, fate: { state: "dead", because: fallen.because }, fallback: fallen.fallback };
}
