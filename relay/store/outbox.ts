import type { DeadLetter, Delivery, DigestRecord, Queued } from "../domain/record.ts";
import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import type { Bells, OnRing } from "./bells.ts";
import { changesOf } from "../domain/tally.ts";
import { setLetters } from "./dead_letters.ts";
import type { Database, DatabaseView } from "./database.ts";
import { type DigestCardChange, setDigestCards } from "./digest_cards.ts";
import { bellKey, deliveryKey, digestKey, laneKey, lanesKey } from "./keys.ts";
import type { Claim, Lane, LaneLeases, LaneWrite, LaneWritten, LeaveLane } from "./lane_leases.ts";
import type { LaneQueues, QueuedInLane } from "./lane_queues.ts";
import { type LaneRecord, laneRecordOf, type LaneState, type Spent, stateOf } from "./lane_record.ts";
import { setProofs } from "./proofs.ts";
import { type ProgressChange, setProgress } from "./recipient_progress.ts";
import { type SealedReceipt, setReceipts } from "./receipts.ts";
import { DoneTallies, setCells } from "./tallies.ts";

/** The results of a courier's work, for one atomic. */
export interface Settlement {
  /** Deliveries that are done. */
  readonly done?: readonly Delivery[];
  /** The dead letters of deliveries that died, to send them again. */
  readonly letters?: readonly DeadLetter[];
  /** Deliveries that stay in the queue, with their changes. */
  readonly waiting?: readonly { readonly entry: Queued; readonly delivery: Delivery }[];
  /** Deliveries whose destination now belongs to another lane. */
  readonly moved?: readonly QueuedInLane[];
  /** Deliveries that replace others. */
  readonly created?: readonly QueuedInLane[];
  /** Digests that the vendor has accepted. */
  readonly digests?: readonly DigestRecord[];
  /** Changes of receipts. */
  readonly receipts?: readonly SealedReceipt[];
  /** Changes of the digests that are the last messages about incidents. */
  readonly cards?: readonly DigestCardChange[];
  /** Changes of the progress of messages that are sent to each recipient separately. */
  readonly progress?: readonly ProgressChange[];
  /** The new state of the lane. */
  readonly state?: LaneState;
}

/** A claimed lane, with its bell from the same read, before the queue. */
export interface ClaimedLane {
  readonly lane: Lane;
  readonly bell: Deno.KvEntryMaybe<unknown>;
}

/** The options of a settlement. */
export interface SettleOptions extends Pick<LaneWrite, "until" | "mayFollow"> {
  readonly now: number;
  readonly bell?: Deno.KvEntryMaybe<unknown> | undefined;
}

/** The options of the outbox on this database. */
export interface OutboxOptions {
  readonly queues: LaneQueues;
  readonly leases: LaneLeases;
  readonly bells: Bells;
  /** The time that records of deliveries are stored, in milliseconds. */
  readonly retention: { readonly alerts: number; readonly dead: number };
}

/**
 * The lanes that have work: an instance claims one, writes the outcomes of its deliveries, and leaves it. Their waiting
 * deliveries are in {@linkcode LaneQueues}.
 */
export class Outbox {
  readonly #kv: DatabaseView;
  readonly #options: OutboxOptions;
  readonly #queues: LaneQueues;
  readonly #leases: LaneLeases;
  readonly #tallies = new DoneTallies();

  constructor(database: Database, options: OutboxOptions) {
    this.#kv = database.of("the outbox");
    this.#options = options;
    this.#queues = options.queues;
    this.#leases = options.leases;
  }

  /** The versions of the bells of all lanes that have, or may have, work. @throws StoreError */
  async bells(): Promise<ReadonlyMap<string, string>> {
    return await this.#options.bells.all();
  }

  /** Every lane that has, or may have, work. @throws StoreError */
  async lanes(): Promise<string[]> {
    return [...(await this.bells()).keys()];
  }

  /** Calls `rang` when any instance has put deliveries into a lane; never on a local file. */
  whenRung(rang: OnRing): void {
    this.#options.bells.whenRung(rang);
  }

  /** The record of a lane, without claiming it. @throws StoreError */
  async record(lane: string): Promise<LaneRecord | undefined> {
    const known = this.#leases.known(lane);
    if (known) return known.record;
    const record = await this.#kv.get(laneKey(lane));
    return record === undefined ? undefined : laneRecordOf(record);
  }

  /**
   * Claim a lane. The lease is written with the first write to the lane, so that a look at a lane costs none.
   *
   * @returns the lane, with its bell from before the read of the queue; or the time of the next attempt. @throws
   * StoreError
   */
  async claim(name: string, claim: Claim): Promise<ClaimedLane | { readonly heldUntil: number }> {
    const known = this.#leases.known(name);
    const [bell, record] = await this.#kv.entries([bellKey(name), ...known ? [] : [laneKey(name)]]);
    const lane = this.#leases.claim(known ?? readLane(name, record!), claim);
    this.#queues.forget(name);
    return "heldUntil" in lane ? lane : { lane, bell: bell! };
  }

  /** Whether the lease of a claimed lane is still valid at a time. */
  holds(lane: Lane, at: number): boolean {
    return this.#leases.holds(lane, at);
  }

  /** Take the lease of a lane, or renew it. @throws StoreError when the outcome is unknown */
  async renew(lane: Lane, options: Pick<LaneWrite, "until" | "mayFollow">): Promise<LaneWritten> {
    return await this.#leases.write(lane, options);
  }

  /** Release the lease of a lane. Its bell stays: there is work. @throws StoreError */
  async release(lane: Lane): Promise<void> {
    await this.#leases.release(lane);
  }

  /** The bell of a lane. Read it before the queue, so that {@linkcode leave} notices later additions. @throws StoreError */
  async bell(lane: string): Promise<Deno.KvEntryMaybe<unknown>> {
    this.#queues.doubt(lane);
    return await this.#kv.entry(bellKey(lane));
  }

  /**
   * Write the outcome of deliveries. On a shared store it is written only while this instance holds the lane, and
   * extends the lease.
   *
   * @param options `bell`: read before the queue, to leave the lane in the same atomic if nothing remains in it
   * @returns the current lane; `lost` when nothing was written. @throws StoreError when the outcome is unknown
   */
  async settle(
    lane: Lane,
    {
      done = [],
      letters = [],
      waiting = [],
      moved = [],
      created = [],
      digests = [],
      receipts = [],
      cards = [],
      progress = [],
      state,
    }: Settlement,
    { bell, now, ...lease }: SettleOptions,
  ): Promise<Lane | "lost"> {
    const { retention } = this.#options;
    const cells = this.#tallies.after(lane.name, changesOf(done, created.map(({ entry }) => entry)));
    const gone = [...done.map(({ id }) => id), ...moved.map(({ entry }) => entry.id)];
    const change = { gone, updated: waiting.map(({ entry }) => entry) };
    const elsewhere = [...moved, ...created];
    const queue = this.#queues.of(lane.name);
    let landed = (): void => {};
    let addedElsewhere = (): void => {};
    const add = (atomic: Atomic): void => {
      landed = queue.write(atomic, change);
      setCells(atomic, cells, retention);
      setLetters(atomic, { done, letters, retention: retention.dead });
      for (const delivery of done) {
        const expireIn = retention[delivery.state === "dead" ? "dead" : "alerts"];
        atomic.set(deliveryKey(delivery.alert, delivery.id), encode(delivery), { expireIn });
      }
      for (const { entry, delivery } of waiting) {
        atomic.set(deliveryKey(entry.alert, entry.id), encode(delivery));
      }
      addedElsewhere = this.#queues.add(atomic, elsewhere);
      for (const digest of digests) {
        atomic.set(digestKey(digest.id), encode(digest), { expireIn: retention.alerts });
      }
      setReceipts(atomic, receipts, { now, lifetime: retention.alerts });
      setDigestCards(atomic, cards, { now });
      setProgress(atomic, progress);
      setProofs(atomic, done);
    };
    const write = { ...lease, state, add };
    // A fallback may share the lane: its addition keeps the bell.
    const isEmpty = !elsewhere.some((added) => added.lane === lane.name) && queue.isEmptyAfter(change);
    const leave = bell && isEmpty ? leaving(state ?? lane.record, bell, now) : undefined;
    let after = await this.#write(lane, { ...write, leave });
    if (after === "rang") after = await this.#write(lane, write);
    if (after === "lost" || after === "rang") {
      this.#tallies.doubt(lane.name); // it may have landed before another instance took the lane
      return "lost";
    }
    landed();
    this.#tallies.landed(lane.name, cells);
    addedElsewhere();
    return after;
  }

  async #write(lane: Lane, write: LaneWrite): Promise<LaneWritten> {
    try {
      const after = await this.#leases.write(lane, write);
      if (typeof after === "object" && after.lease === "left") this.#queues.forget(lane.name);
      return after;
    } catch (error) {
      this.#tallies.doubt(lane.name);
      throw error;
    }
  }

  /**
   * Leave a lane that has nothing to do.
   *
   * @returns the lane; `rang` when its bell has rung since it was read. @throws StoreError
   */
  async leave(lane: Lane, bell: Deno.KvEntryMaybe<unknown>, now: number): Promise<LaneWritten> {
    if (bell.versionstamp === null) {
      await this.release(lane);
      return { ...lane, lease: "left" };
    }
    return await this.#write(lane, { until: now, leave: leaving(lane.record, bell, now) });
  }

  /** The state of each lane that has one, by name. @throws StoreError */
  async states(): Promise<Map<string, LaneState>> {
    const states = new Map<string, LaneState>();
    for await (const { key, value } of this.#kv.list({ prefix: lanesKey() })) {
      states.set(key[1] as string, stateOf(laneRecordOf(decode(value))));
    }
    return states;
  }
}

/** The options of leaving a lane with an empty queue: there is nothing to send again. */
function leaving(record: LaneRecord, bell: Deno.KvEntryMaybe<unknown>, now: number): LeaveLane {
  const { digest: _digest, digests: _digests, recoveredAt: _recoveredAt, ...state } = stateOf(record);
  return { bell, state, lifetime: stateLifetime(state, now) };
}

function readLane(name: string, { value, versionstamp }: Deno.KvEntryMaybe<unknown>): Lane {
  const record: LaneRecord = value === null ? { failures: 0 } : laneRecordOf(decode(value));
  return { name, record, versionstamp, lease: "wanted" };
}

/** The time that the state of a lane remains relevant, in milliseconds. */
function stateLifetime(
  { failures, pause, sick, refused, spent = {}, spentEdits = {} }: LaneState,
  now: number,
): number {
  if (failures > 0 || pause || sick || refused) return Infinity;
  const ends = [spent, spentEdits].flatMap(Object.values<Spent[string]>)
    .flatMap((slots) => Object.keys(slots).map(Number));
  return Math.max(0, ...ends.map((end) => end - now));
}
