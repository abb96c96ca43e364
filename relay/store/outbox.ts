import {
  alertIdOf,
  type DeadLetter,
  type Delivery,
  type DigestRecord,
  type Queued,
  type SentMessage,
} from "../domain/record.ts";
import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import type { Bells, OnRing } from "./bells.ts";
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
import type { Claim, Lane, LaneLeases, LaneWrite, LaneWritten, LeaveLane } from "./lane_leases.ts";
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

/** A claimed lane, and its bell as it was read at the same time, before the queue. */
export interface ClaimedLane {
  readonly lane: Lane;
  readonly bell: Deno.KvEntryMaybe<unknown>;
}

/** How a settlement is written. */
export interface SettleOptions extends Pick<LaneWrite, "until" | "mayFollow"> {
  readonly now: number;
  readonly bell?: Deno.KvEntryMaybe<unknown> | undefined;
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
const LOCAL_PAGES = { batch: 8 };

/** On a shared store a page holds fewer deliveries, and each read is a request. */
const SHARED_PAGES = { first: 32, batch: 256 };

/** The waiting deliveries, lane by lane. */
export class Outbox {
  readonly #kv: DatabaseView;
  readonly #options: OutboxOptions;
  readonly #leases: LaneLeases;
  readonly #tallies = new DoneTallies();
  /** The queues of the lanes that this instance holds, by lane. */
  readonly #queues = new Map<string, HeldQueue>();

  constructor(database: Database, options: OutboxOptions) {
    this.#kv = database.of("the outbox");
    this.#options = options;
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

  /** Call `rang` when any instance has put deliveries into a lane; never on a local file. */
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
   * @returns the lane, with its bell as it was read before the queue; or the time at which to ask again. @throws StoreError
   */
  async claim(name: string, claim: Claim): Promise<ClaimedLane | { readonly heldUntil: number }> {
    const known = this.#leases.known(name);
    const [bell, record] = await this.#kv.entries([bellKey(name), ...known ? [] : [laneKey(name)]]);
    const lane = this.#leases.claim(known ?? readLane(name, record!), claim);
    this.#queues.delete(name);
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

  /** Called when this process has put a value into the queue of a lane. */
  readonly onQueued: OnQueued = ({ lane, id, entries }) => this.#queues.get(lane)?.added(id, entries);

  /** The bell of a lane. Read it before the queue, so that {@linkcode leave} notices later additions. @throws StoreError */
  async bell(lane: string): Promise<Deno.KvEntryMaybe<unknown>> {
    this.#queues.get(lane)?.doubt();
    return await this.#kv.entry(bellKey(lane));
  }

  /** The bell of a lane has rung: on a shared store the next look at its queue reads it. */
  rang(lane: string): void {
    if (this.#options.isShared) this.#queues.get(lane)?.doubt();
  }

  /**
   * The first deliveries of a lane's queue, always from its head: an entry of an instance with a slow clock comes before
   * others that were read earlier. It is read only if something may have been added since it was last read to its end.
   *
   * @param enough Called for each; stops the reading when it returns true.
   * @param upTo The version of the lane when it was claimed, or of its bell when it was read. Other instances may add
   * deliveries between the reads of a long queue, an earlier one where it was read already and a later one where it was
   * not: what was added after that version is left to the next look. @throws StoreError
   */
  async head(
    lane: string,
    enough: (entry: Queued) => boolean,
    upTo = "",
  ): Promise<void> {
    const { isShared } = this.#options;
    const queue = this.#queueOf(lane);
    if (queue.isWhole) {
      for (const entry of queue.entries()) if (enough(entry)) return;
      return;
    }
    queue.begin();
    const pages = this.#kv.pages({ prefix: queueKey(lane) }, isShared ? SHARED_PAGES : LOCAL_PAGES);
    for await (const page of pages) {
      queue.reads++;
      for (const { key, value, versionstamp } of page) {
        const id = key[2] as string;
        const isLate = isShared && queue.reads > 1 && versionstamp > upTo;
        if (isLate && !queue.has(id)) queue.doubt();
        else {
          for (const entry of queue.read(id, value)) {
            if (enough(entry)) return queue.finish({ atEnd: false });
          }
        }
      }
    }
    queue.finish({ atEnd: true });
  }

  /** Whether the queue of a lane takes several reads on a shared store, so that its bell must be read before it. */
  isLong(lane: string): boolean {
    return this.#options.isShared && (this.#queues.get(lane)?.reads ?? 0) > 1;
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
   * Write the outcome of deliveries. On a shared store it is written only while this instance holds the lane, which it does
   * for longer afterwards.
   *
   * @param options `bell`: as it was read before the queue, to leave the lane in the same atomic if nothing remains in it
   * @returns the lane as it is now; `lost` when nothing was written. @throws StoreError when the outcome is unknown
   */
  async settle(
    lane: Lane,
    { done = [], letters = [], waiting = [], moved = [], created = [], digests = [], state }: Settlement,
    { bell, now, ...lease }: SettleOptions,
  ): Promise<Lane | "lost"> {
    const { bells, retention } = this.#options;
    const cells = this.#tallies.after(lane.name, changesOf(done, created.map(({ entry }) => entry)));
    const gone = [...done.map(({ id }) => id), ...moved.map(({ entry }) => entry.id)];
    const change = { gone, updated: waiting.map(({ entry }) => entry) };
    const elsewhere = [...moved, ...created];
    const queue = this.#queueOf(lane.name);
    let landed = (): void => {};
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
      for (const { entry, lane: other } of elsewhere) {
        atomic.set(queuedKey(other, entry.id), encode(entry));
      }
      bells.ring(atomic, new Set(elsewhere.map(({ lane: other }) => other)));
      for (const digest of digests) {
        atomic.set(digestKey(digest.id), encode(digest), { expireIn: retention.alerts });
      }
      setProofs(atomic, done);
    };
    const write = { ...lease, state, add };
    const leave = bell && queue.isEmptyAfter(change) ? leaving(state ?? lane.record, bell, now) : undefined;
    let after = await this.#write(lane, { ...write, leave });
    if (after === "rang") after = await this.#write(lane, write);
    if (after === "lost" || after === "rang") {
      this.#tallies.doubt(lane.name); // it may have landed before another instance took the lane
      return "lost";
    }
    landed();
    this.#tallies.landed(lane.name, cells);
    for (const { entry, lane: other } of elsewhere) {
      this.onQueued({ lane: other, id: entry.id, entries: [entry] });
    }
    return after;
  }

  async #write(lane: Lane, write: LaneWrite): Promise<LaneWritten> {
    try {
      const after = await this.#leases.write(lane, write);
      if (typeof after === "object" && after.lease === "left") this.#queues.delete(lane.name);
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

/** How to leave a lane with an empty queue: there is nothing to send again. */
function leaving(record: LaneRecord, bell: Deno.KvEntryMaybe<unknown>, now: number): LeaveLane {
  const { digest: _digest, digests: _digests, recoveredAt: _recoveredAt, ...state } = stateOf(record);
  return { bell, state, lifetime: stateLifetime(state, now) };
}

function readLane(name: string, { value, versionstamp }: Deno.KvEntryMaybe<unknown>): Lane {
  const record: LaneRecord = value === null ? { failures: 0 } : laneRecordOf(decode(value));
  return { name, record, versionstamp, lease: "wanted" };
}

/** For how long the state of a lane still matters, in milliseconds. */
function stateLifetime({ failures, pause, sick, refused, spent = {} }: LaneState, now: number): number {
  if (failures > 0 || pause || sick || refused) return Infinity;
  const ends = Object.values(spent).flatMap((slots) => Object.keys(slots).map(Number));
  return Math.max(0, ...ends.map((end) => end - now));
}
