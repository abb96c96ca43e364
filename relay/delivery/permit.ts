/**
 * When a message may go: its place in the vendor's budget, and how long the lane has to stay ours.
 *
 * @module
 */
import type { Clock } from "../base/clock.ts";
import { stateOf, withDigest } from "../store/lane_record.ts";
import { spend } from "./budget.ts";
import type { Batch } from "./choice.ts";
import type { HeldLane } from "./held_lane.ts";
import type { Place } from "./settlement.ts";

/** The right to send. */
export interface Permit {
  /** The place in the vendor's budget that was spent for it. */
  readonly place?: Place | undefined;
  /** See to it that a send may begin soon. @returns whether it may */
  obtain(): Promise<boolean>;
  /** Whether a send may begin now. Asks nobody, so that nothing can come in between. */
  isValid(): boolean;
}

/** What a permit depends on. */
export interface PermitOptions {
  readonly lane: HeldLane;
  readonly clock: Clock;
  /** Milliseconds that the attempt may take. */
  readonly timeout: number;
  /** How far another instance's clock may be ahead of this one's. */
  readonly skew: number;
  /** Whether nothing new may begin. */
  readonly isOver: () => boolean;
}

/** A send has to begin within this time: so long its place in the budget, and the lane, are kept for it beforehand. */
const LONGEST_START = 10_000;

/**
 * The right to send a message. Its place in the budget is spent, and a digest's mark is made, before it goes: whoever
 * comes after a crash knows of both.
 *
 * @returns `undefined` when the lane was lost. @throws StoreError
 */
export async function permitFor(
  { rates, digest }: Batch,
  { lane, clock, timeout, skew, isOver }: PermitOptions,
): Promise<Permit | undefined> {
  const start = Math.min(timeout, LONGEST_START);
  const latest = clock.now() + start + timeout;
  const place: Place | undefined = rates.length > 0 ? { rates, at: latest + skew, skew } : undefined;
  if (place || digest) {
    await lane.settle((record) => {
      const begun = digest ? withDigest(stateOf(record), digest.destination, digest) : stateOf(record);
      const last = clock.now();
      return {
        state: place
          ? { ...begun, spent: spend(record.spent ?? {}, rates, { now: last, at: place.at }), last }
          : begun,
      };
    });
  }
  if (lane.lost) return undefined;
  return {
    place,
    obtain: async () => await lane.keepFor(start + timeout) && !isOver(),
    isValid: () => lane.holdsFor(timeout) && (place === undefined || clock.now() + timeout <= latest),
  };
}
