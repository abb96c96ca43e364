import {
  alertIdOf,
  type DeadLetter,
  type Delivery,
  type DigestRecord,
  type Queued,
  type SentMessage,
} from "../domain/record.ts";
import { decode, encode } from "../base/codec.ts";
import type { Bells } from "./bells.ts";
import type { OnQueued } from "./commit.ts";
import { changesOf } from "../domain/tally.ts";
import { setLetters } from "./dead_letters.ts";
import type { Database, DatabaseView } from "./database.ts";
import { entriesIn, HeldQueue } from "./held_queue.ts";
import {
  bellKey,
  deliveriesKey,
  deliveryKey,
  digestKey,
  laneKey,
  lanesKey,
  queuedKey,
  queueKey,
} from "./keys.ts";
import type { Claim, Lane, LaneLeases } from "./lane_leases.ts";
import { type LaneRecord, laneRecordOf, type LaneState, stateOf } from "./lane_record.ts";
import { setProofs } from "./proofs.ts";
import { DoneTallies, setCells } from "./tallies.ts";

/** What a courier found out, to be written in one atomic. */
export interface Settlement {
  /** Deliveries that are done. */
  readonly done?: readonly Delivery[];
  /** The dead letters of deliveries that died, to send them again. */
  readonly letters?: readonly DeadLetter[];
  /** Deliveries that stay in the queue, with their changes. */
  readonly waiting?: readonly { readonly entry: Queued; readonly delivery: Delivery }[];
  /** Deliveries whose destination is served by another lane now. */
  readonly moved?: readonly { readonly entry: Queued; readonly lane: string }[];
  /** Deliveries that replace others. */
  readonly created?: readonly { readonly entry: Queued; readonly lane: string }[];
  /** Digests that the vendor has accepted. */
  readonly digests?: readonly DigestRecord[];
  /** The new state of the lane. */
  readonly state?: LaneState;
}

/** How the outbox works on this database. */
export interface OutboxOptions {
  /** Whether other processes also add to the queues. */
  readonly isShared: boolean;
  readonly leases: LaneLeases;
  readonly bells: Bells;
  /** How long records of deliveries are stored, in milliseconds. */
  readonly retention: { readonly alerts: number; readonly dead: number };
}

/** At most this many pages of a queue are read by {@linkcode Outbox.before}. */
const MAX_PAGES_BEFORE = 100;

/** Pages of a queue that are read at a time: in a storm each holds dozens of deliveries, and a few are enough. */
const BATCH = 8;

/** The waiting deliveries, lane by lane. */
export class Outbox {
  readonly #kv: DatabaseView;
  readonly #options: OutboxOptions;
  readonly #leases: LaneLeases;
  readonly #tallies: DoneTallies;
  /** The queues of the lanes that this instance holds, by lane. */
  readonly #queues = new Map<string, HeldQueue>();

  constructor(database: Database, options: OutboxOptions) {
    this.#kv = database.of("the outbox");
    this.#options = options;
    this.#leases = options.leases;
    this.#tallies = new DoneTallies(database);
  }

  /** Every lane that has, or may have, work. @throws StoreError */
  async lanes(): Promise<string[]> {
    return [...(await this.#options.bells.all()).keys()];
  }

  /** The record of a lane, without claiming it. @throws StoreError */
  async record(lane: string): Promise<LaneRecord | undefined> {
    const known = this.#leases.known(lane);
    if (known) return known.record;
    const record = await this.#kv.get(laneKey(lane));
    return record === undefined ? undefined : laneRecordOf(record);
  }

  /**
   * Claim a lane.
   *
   * @returns the lane, or the time at which to ask again. @throws StoreError
   */
  async claim(name: string, claim: Claim): Promise<Lane | { readonly heldUntil: number }> {
    const lane = this.#leases.known(name) ?? await this.#read(name);
    this.#queues.delete(name);
    if (this.#options.isShared) this.#tallies.forget(name);
    return await this.#leases.claim(lane, claim);
  }

  async #read(name: string): Promise<Lane> {
    const { value, versionstamp } = await this.#kv.entry(laneKey(name));
    const record: LaneRecord = value === null ? { failures: 0 } : laneRecordOf(decode(value));
    return { name, record, versionstamp };
  }

  /** Whether the lease of a claimed lane is still valid at a time. */
  holds(lane: Lane, at: number): boolean {
    return this.#leases.holds(lane, at);
  }

  /** Renew the lease of a lane. @returns `undefined` when the lease was lost. @throws StoreError */
  async renew(lane: Lane, { until }: { until: number }): Promise<Lane | undefined> {
    return await this.#leases.renew(lane, until);
  }

  /** Release the lease of a lane. Its bell stays: there is work. @throws StoreError */
  async release(lane: Lane): Promise<void> {
    await this.#leases.release(lane);
  }

  /** Called when this process has put a value into the queue of a lane. */
  readonly onQueued: OnQueued = ({ lane, id, entries }) => this.#queues.get(lane)?.added(id, entries);

  /**
   * The state of a lane's bell. Read it before the queue, so that {@linkcode giveUp} notices later additions. The next
   * read of the queue is from the database, whatever is cached.
   */
  async bell(lane: string): Promise<Deno.KvEntryMaybe<unknown>> {
    this.#queues.get(lane)?.doubt();
    return await this.#kv.entry(bellKey(lane));
  }

  /**
   * The first deliveries of a lane's queue, always from its head: an entry of an instance with a slow clock comes before
   * others that were read earlier.
   *
   * @param enough Called for each; stops the reading when it returns true. @throws StoreError
   */
  async head(lane: string, enough: (entry: Queued) => boolean): Promise<void> {
    const queue = this.#queueOf(lane);
    if (queue.isWhole) {
      for (const entry of queue.entries()) if (enough(entry)) return;
      return;
    }
    queue.begin();
    for await (const { key, value } of this.#kv.list({ prefix: queueKey(lane) }, { batch: BATCH })) {
      for (const entry of queue.read(key[2] as string, value)) {
        if (enough(entry)) return queue.finish({ atEnd: false });
      }
    }
    queue.finish({ atEnd: true });
  }

  /** The lanes that this instance works on, as it has them in memory. `oldestAt`: without what quiet hours hold. */
  *depths(now: number): Iterable<{ lane: string; waiting: number; oldestAt: number | undefined }> {
    for (const [lane, queue] of this.#queues) {
      const oldest = firstOf(queue.entries(), ({ held, due = now }) => held === undefined || due <= now);
      yield { lane, waiting: queue.waiting, oldestAt: oldest && (oldest.since ?? oldest.at) };
    }
  }

  /** The deliveries of a lane whose ids begin with `start`. @throws StoreError */
  async waiting(lane: string, start: string): Promise<Queued[]> {
    const page = start.slice(0, 26); // a page of the log, which a page of the queue is named for
    const range = { start: queuedKey(lane, page), end: queuedKey(lane, `${page}\uffff`) };
    const values = await Array.fromAsync(this.#kv.list(range));
    return values.flatMap(({ value }) => entriesIn(value)).filter(({ id }) => id.startsWith(start));
  }

  /** The deliveries that wait in a lane before another one, from the nearest pages of the queue. @throws StoreError */
  async before(lane: string, id: string): Promise<Queued[]> {
    const range = { start: queuedKey(lane, ""), end: queuedKey(lane, `${id.slice(0, 26)}\uffff`) };
    const pages = this.#kv.list(range, { reverse: true, limit: MAX_PAGES_BEFORE });
    const values = await Array.fromAsync(pages);
    return values.flatMap(({ value }) => entriesIn(value));
  }

  /** Put one more delivery into a lane; one of the same id is replaced. @throws StoreError */
  async enqueue(lane: string, entry: Queued): Promise<void> {
    const atomic = this.#kv.atomic().set(queuedKey(lane, entry.id), encode(entry));
    this.#options.bells.ring(atomic, [lane]);
    await this.#kv.commit(atomic);
    this.onQueued({ lane, id: entry.id, entries: [entry] });
  }

  /**
   * Write the outcome of deliveries. On a shared store it is written only while this instance holds the lane's lease.
   *
   * @returns the lane as it is now; `undefined` when the lease was lost and nothing was written. @throws StoreError
   */
  async settle(lane: Lane, settlement: Settlement): Promise<Lane | undefined> {
    const { done = [], letters = [], waiting = [], moved = [], created = [], digests = [], state } =
      settlement;
    const { bells } = this.#options;
    const { owner, until, token } = lane.record;
    const owned = owner === undefined ? {} : { owner, until, token };
    const record = state ? { ...state, ...owned } as LaneRecord : lane.record;
    const cells = await this.#tallies.after(lane.name, changesOf(done, created.map(({ entry }) => entry)));
    const gone = [...done.map(({ id }) => id), ...moved.map(({ entry }) => entry.id)];
    const updated = waiting.map(({ entry }) => entry);
    const elsewhere = [...moved, ...created];
    let landed = (): void => {};
    const after = await this.#leases.write(lane, record, (atomic) => {
      landed = this.#queueOf(lane.name).write(atomic, { gone, updated });
      setCells(atomic, cells, this.#options.retention);
      setLetters(atomic, { done, letters, retention: this.#options.retention.dead });
      for (const delivery of done) {
        const expireIn = this.#options.retention[delivery.state === "dead" ? "dead" : "alerts"];
        atomic.set(deliveryKey(delivery.alert, delivery.id), encode(delivery), { expireIn });
      }
      for (const { entry, delivery } of waiting) {
        atomic.set(deliveryKey(entry.alert, entry.id), encode(delivery));
      }
      for (const { entry, lane: other } of elsewhere) {
        atomic.set(queuedKey(other, entry.id), encode(entry));
      }
      bells.ring(atomic, new Set(elsewhere.map(({ lane: other }) => other)));
      for (const digest of digests) {
        atomic.set(digestKey(digest.id), encode(digest), { expireIn: this.#options.retention.alerts });
      }
      setProofs(atomic, done);
    });
    if (after) {
      landed();
      for (const { entry, lane: other } of elsewhere) {
        this.onQueued({ lane: other, id: entry.id, entries: [entry] });
      }
      this.#tallies.cache(lane.name, cells);
    } else this.#tallies.forget(lane.name);
    return after;
  }

  /**
   * Release a lane that has nothing to do.
   *
   * @returns whether it was released; `false` when the bell rang since it was read, or the lease was lost. @throws StoreError
   */
  async giveUp(lane: Lane, bell: Deno.KvEntryMaybe<unknown>, { now }: { now: number }): Promise<boolean> {
    this.#queues.delete(lane.name);
    this.#leases.forget(lane.name);
    if (bell.versionstamp === null) {
      await this.release(lane);
      return true;
    }
    const atomic = this.#kv.atomic().check(bell).delete(bellKey(lane.name));
    this.#leases.check(atomic, lane);
    // With an empty queue there is nothing to send again.
    const { digest: _digest, digests: _digests, recoveredAt: _recoveredAt, ...state } = stateOf(lane.record);
    const expireIn = stateLifetime(state, now);
    if (expireIn === 0) atomic.delete(laneKey(lane.name));
    else atomic.set(laneKey(lane.name), encode(state), expireIn === Infinity ? {} : { expireIn });
    return (await this.#kv.commit(atomic)).ok;
  }

  /** The state of each lane that has one, by name. @throws StoreError */
  async states(): Promise<Map<string, LaneState>> {
    const states = new Map<string, LaneState>();
    for await (const { key, value } of this.#kv.list({ prefix: lanesKey() })) {
      states.set(key[1] as string, stateOf(laneRecordOf(decode(value))));
    }
    return states;
  }

  /** A digest that a vendor has accepted. @throws StoreError */
  async digest(id: string): Promise<DigestRecord | undefined> {
    return await this.#kv.get<DigestRecord>(digestKey(id));
  }

  /** The records of an alert's deliveries; a delivery that was never tried has none. @throws StoreError */
  async deliveries(alert: string): Promise<Delivery[]> {
    return await this.#kv.all<Delivery>(deliveriesKey(alert));
  }

  /** The record of one delivery. @throws StoreError */
  async delivery({ alert, id }: { alert: string; id: string }): Promise<Delivery | undefined> {
    return await this.#kv.get<Delivery>(deliveryKey(alert, id));
  }

  /** The last message of a delivery, as it was sent; `undefined` when it is not stored. @throws StoreError */
  async sent({ sent }: Delivery): Promise<SentMessage | undefined> {
    if (!sent || !("with" in sent)) return sent;
    const first = await this.delivery({ alert: alertIdOf(sent.with), id: sent.with });
    return first?.sent?.id === sent.id && !("with" in first.sent) ? first.sent : undefined;
  }

  #queueOf(lane: string): HeldQueue {
    let queue = this.#queues.get(lane);
    if (!queue) this.#queues.set(lane, queue = new HeldQueue(lane, { alone: !this.#options.isShared }));
    return queue;
  }
}

function firstOf(entries: Iterable<Queued>, wanted: (entry: Queued) => boolean): Queued | undefined {
  for (const entry of entries) if (wanted(entry)) return entry;
}

/** For how long the state of a lane still matters, in milliseconds. */
function stateLifetime({ failures, pause, sick, refused, spent = {} }: LaneState, now: number): number {
  if (failures > 0 || pause || sick || refused) return Infinity;
  const ends = Object.values(spent).flatMap((slots) => Object.keys(slots).map(Number));
  return Math.max(0, ...ends.map((end) => end - now));
}
