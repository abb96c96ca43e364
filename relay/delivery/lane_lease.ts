import type { Clock } from "../base/clock.ts";
import type { LaneRecord } from "../store/lane_record.ts";
import type { Lane } from "../store/lane_leases.ts";
import type { Outbox, Settlement } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";

/** Milliseconds of a lease. It is renewed while its courier works, and is longer when an attempt may take longer. */
export const LEASE = 45_000;

/** A lease is renewed for this much more than requested, so that not every message renews it. */
const MARGIN = LEASE / 2;

/** Claim a lane. @returns the time at which to ask again, when another instance has it. @throws StoreError */
export async function claim(
  name: string,
  { store: { outbox }, clock, owner }: { store: Store; clock: Clock; owner: string },
): Promise<LaneLease | { readonly heldUntil: number }> {
  const now = clock.now();
  const lane = await outbox.claim(name, { owner, now, until: now + LEASE });
  return "heldUntil" in lane ? lane : new LaneLease(lane, { outbox, clock });
}

/** The right to work on a lane. Once it is lost to another instance, nothing more is written. */
export class LaneLease {
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  #lane: Lane;
  #lost = false;
  #left = false;
  #changing: Promise<void> = Promise.resolve();

  constructor(lane: Lane, { outbox, clock }: { outbox: Outbox; clock: Clock }) {
    this.#lane = lane;
    this.#outbox = outbox;
    this.#clock = clock;
  }

  /** The lane's name. */
  get name(): string {
    return this.#lane.name;
  }

  /** The lane's record, as this lease has written it. */
  get record(): LaneRecord {
    return this.#lane.record;
  }

  /** Whether another instance has claimed the lane, or may have. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Whether the lease lasts for longer than `ms`, by this instance's clock; does not ask the store. */
  holdsFor(ms: number): boolean {
    return this.#outbox.holds(this.#lane, this.#clock.now() + ms);
  }

  /** Renew the lease unless it lasts for longer than `ms`. @returns whether it does */
  async keepFor(ms: number): Promise<boolean> {
    if (this.holdsFor(ms)) return !this.#lost;
    await this.#change((lane) =>
      this.holdsFor(ms)
        ? Promise.resolve(lane)
        : this.#outbox.renew(lane, { until: this.#clock.now() + Math.max(LEASE, ms + MARGIN) })
          .catch(() => undefined)
    );
    return !this.#lost;
  }

  /** Write results of deliveries. `settlement` gets the lane's record as the writes before it left it. @throws StoreError */
  async settle(settlement: (record: LaneRecord) => Settlement): Promise<void> {
    await this.#change((lane) => this.#outbox.settle(lane, settlement(lane.record)));
  }

  /** Leave the lane, because its queue is empty. @returns `false` when it was woken since. @throws StoreError */
  async giveUp(bell: Deno.KvEntryMaybe<unknown>): Promise<boolean> {
    this.#left = await this.#outbox.giveUp(this.#lane, bell, { now: this.#clock.now() });
    return this.#left;
  }

  /** Release the lane with work left in it. */
  async release(): Promise<void> {
    await this.#changing;
    if (this.#left || this.#lost) return;
    await this.#outbox.release(this.#lane).catch(() => {}); // the lease ends by itself
  }

  /** Treat the lease as lost: write nothing more. */
  abandon(): void {
    this.#lost = true;
  }

  /** Run changes one at a time: each needs the version that the previous one made. */
  async #change(write: (lane: Lane) => Promise<Lane | undefined>): Promise<void> {
    const change = this.#changing.then(async () => {
      if (this.#lost) return;
      const lane = await write(this.#lane);
      if (lane) this.#lane = lane;
      else this.#lost = true;
    });
    this.#changing = change.catch(() => {});
    await change;
  }
}
