import type { BudgetSlot } from "./budget.ts";
import type { LaneLease } from "./lane_lease.ts";
import type { Batch } from "./batch.ts";

/** One message in flight. */
export interface Attempt {
  readonly batch: Batch;
  readonly reservation: Reservation;
  readonly lease: LaneLease;
}

/** The right to send one message. */
export interface Reservation {
  /** The slot of the vendor's budget that was spent for it; absent when the vendor has no budget. */
  readonly slot?: BudgetSlot | undefined;
  /** Milliseconds that the attempt may take. */
  readonly timeout: number;
  /** The latest time at which the message may arrive. */
  readonly latest: number;
}

/** A send must begin within this time: its budget slot covers the wait before it. */
const LONGEST_START = 10_000;

/** Whether the send may begin now. Synchronous, so that nothing runs between this check and the send. */
export function mayStart({ lease, reservation: { slot, timeout, latest } }: Attempt, now: number): boolean {
  return lease.maySend && (slot === undefined || now + timeout <= latest);
}

/** Milliseconds within which a send has to begin. */
export function startWithin(timeout: number): number {
  return Math.min(timeout, LONGEST_START);
}
