import type { Clock } from "../base/clock.ts";
import type { LaneRecord } from "../store/lane_record.ts";
import type { Lane, LaneWritten } from "../store/lane_leases.ts";
import type { Outbox, Settlement, SettleOptions } from "../store/outbox.ts";
import type { Store } from "../store/store.ts";

/**
 * Milliseconds of a lease. It is short, so that the lanes of an instance that died are soon worked on again, and renewed
 * for as long as its courier works; a message that is still being sent when it ends is cut off.
 */
export const LEASE = 7_000;

/** A lease is renewed when less than this is left of it. */
const RENEW_BEFORE = LEASE / 2;

/** Milliseconds after which a renewal that failed is tried again. */
const TRY_AGAIN = 500;

/** A message is sent only while the lease lasts for at least this much longer. */
const LEFT_TO_SEND = 1_000;

/** A claimed lane, and its bell, read before the queue. */
export interface Claimed {
  readonly lease: LaneLease;
  readonly bell: Deno.KvEntryMaybe<unknown>;
  /** The version of the last change of the lane. */
  readonly version: string;
}

/**
 * Claim a lane. Nothing is written: the first write to the lane takes the lease.
 *
 * @returns the time of the next attempt, if another instance has it. @throws StoreError
 */
export async function claim(
  name: string,
  { store: { outbox }, clock, owner }: { store: Store; clock: Clock; owner: string },
): Promise<Claimed | { readonly heldUntil: number }> {
  const now = clock.now();
  const claimed = await outbox.claim(name, { owner, now, until: now + LEASE });
  if ("heldUntil" in claimed) return claimed;
  const { lane, bell } = claimed;
  return { lease: new LaneLease(lane, { outbox, clock }), bell, version: lane.versionstamp ?? "" };
}

/** The right to work on a lane. Once it is lost to another instance, nothing more is written. */
export class LaneLease {
  readonly #outbox: Outbox;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #lane: Lane;
  #lost = false;
  /** Whether all writes of unknown outcome were renewals. */
  #onlyRenewals = true;
  #changing: Promise<void> = Promise.resolve();
  #stopRenewing: (() => void) | undefined;

  constructor(lane: Lane, { outbox, clock }: { outbox: Outbox; clock: Clock }) {
    this.#outbox = outbox;
    this.#clock = clock;
    this.#lane = lane;
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

  /** Whether the lease was taken: something was written to the lane. */
  get held(): boolean {
    return this.#lane.lease === "held";
  }

  /** Whether the lane was left, because its queue was empty. */
  get left(): boolean {
    return this.#lane.lease === "left";
  }

  /**
   * Aborted when the lease is lost, or has run out: the next holder of the lane continues. Results may still be
   * written.
   */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether a message may be sent now, by this instance's clock; does not ask the store. */
  get maySend(): boolean {
    return !this.#ended.signal.aborted &&
      this.#outbox.holds(this.#lane, this.#clock.now() + LEFT_TO_SEND);
  }

  /** Take the lease if it is not held yet, or renew it when it ends soon. @throws StoreError */
  async hold(): Promise<void> {
    await this.#change(
      (lane, options) =>
        this.#outbox.holds(lane, this.#clock.now() + RENEW_BEFORE)
          ? Promise.resolve(lane)
          : this.#outbox.renew(lane, options),
      { isRenewal: true },
    );
  }

  /**
   * Write results of deliveries. `settlement` gets the lane's record as the writes before it left it.
   *
   * @param bell As it was read before the queue: the lane is then left if nothing remains in the queue. @throws StoreError
   */
  async settle(
    settlement: (record: LaneRecord) => Settlement,
    bell?: Deno.KvEntryMaybe<unknown>,
  ): Promise<void> {
    await this.#change((lane, options) =>
      this.#outbox.settle(lane, settlement(lane.record), { ...options, bell })
    );
  }

  /** Leave the lane, because its queue is empty. @returns `false` when it was woken since, or is lost. @throws StoreError */
  async leave(bell: Deno.KvEntryMaybe<unknown>): Promise<boolean> {
    await this.#change((lane, { now }) => this.#outbox.leave(lane, bell, now));
    return this.left;
  }

  /** Release the lane with work left in it. */
  async release(): Promise<void> {
    await this.#changing;
    this.#stopRenewing?.();
    if (!this.#lost) await this.#outbox.release(this.#lane).catch(() => {}); // the lease ends by itself
  }

  /** Treat the lease as lost: write nothing more. */
  abandon(): void {
    this.#lost = true;
    this.#ended.abort();
  }

  /** Run changes one at a time: each needs the version that the previous one made. */
  async #change(
    write: (lane: Lane, options: Omit<SettleOptions, "bell">) => Promise<LaneWritten>,
    { isRenewal = false } = {},
  ): Promise<void> {
    const change = this.#changing.then(async () => {
      if (this.#lost || this.left) return;
      const now = this.#clock.now();
      const lane = await write(this.#lane, { now, until: now + LEASE, mayFollow: this.#onlyRenewals })
        .catch((error: unknown) => {
          this.#onlyRenewals &&= isRenewal; // before the next change begins, which may be a renewal
          throw error;
        });
      if (lane === "lost") return this.abandon();
      if (lane !== "rang") this.#lane = lane;
      if (this.#lane.lease === "held") this.#stopRenewing ??= this.#renewLater();
    });
    this.#changing = change.catch(() => {});
    await change;
  }

  /** Renew the lease until it is released. @returns the function that stops it */
  #renewLater(): (() => void) | undefined {
    const { until } = this.#lane.record;
    if (until === undefined) return undefined; // nobody else has the database
    let cancel = (): void => {};
    const look = (): void => {
      const { until = 0 } = this.#lane.record;
      const now = this.#clock.now();
      if (until <= now) return this.#ended.abort();
      const renewAt = until - RENEW_BEFORE;
      if (renewAt <= now) void this.hold().catch(() => {}); // tried again below
      cancel = this.#clock.at(renewAt > now ? renewAt : Math.min(until, now + TRY_AGAIN), look);
    };
    look();
    return () => cancel();
  }
}
