import { Latch } from "../base/latch.ts";

/** Wakes the work on a lane: the lane got deliveries, or a message is no longer in flight. */
export class Wakeup extends Latch {
  #rings = 0;

  /** The number of times that the lane got deliveries. */
  get rings(): number {
    return this.#rings;
  }

  /** The lane got deliveries. */
  ring(): void {
    this.#rings++;
    this.set();
  }
}
