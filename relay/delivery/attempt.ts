import type { BudgetSlot } from "./budget.ts";
import type { LaneLease } from "./lane_lease.ts";
import type { Batch } from "./queue_selection.ts";

/** One message on its way to its vendor. */
export interface Attempt {
  readonly batch: Batch;
  readonly reservation: Reservation;
  readonly lease: LaneLease;
}

/** The right to send one message. */
export interface Reservation {
  /** The place in the vendor's budget that was spent for it, where the vendor has one. */
  readonly slot?: BudgetSlot | undefined;
  /** Milliseconds that the attempt may take. */
  readonly timeout: number;
  /** The latest time at which the message may arrive. */
  readonly latest: number;
}

/** A send has to begin within this time: so long its place in the budget, and the lane, are kept for it beforehand. */
const LONGEST_START = 10_000;

/** See to it that the lane stays ours until the attempt is over. @returns whether it does */
export function keepLease({ lease, reservation: { timeout } }: Attempt): Promise<boolean> {
  return lease.keepFor(startWithin(timeout) + timeout);
}

/** Whether the send may begin at this very moment. Awaits nothing, so that nothing can come in between. */
export function mayStart({ lease, reservation: { slot, timeout, latest } }: Attempt, now: number): boolean {
  return lease.holdsFor(timeout) && (slot === undefined || now + timeout <= latest);
}

/** Milliseconds within which a send has to begin. */
export function startWithin(timeout: number): number {
  return Math.min(timeout, LONGEST_START);
}
