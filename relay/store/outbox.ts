import {
  alertIdOf,
  type DeadLetter,
  type Delivery,
  type DigestRecord,
  type Queued,
  type SentMessage,
} from "../domain/record.ts";
import { decode, encode } from "../base/codec.ts";
import type { Hear } from "./commit.ts";
import { changesOf } from "../domain/tally.ts";
import { setLetters } from "./dead_letters.ts";
import { guard } from "./guard.ts";
import { entriesIn, HeldQueue } from "./held_queue.ts";
import {
  bellKey,
  bellsKey,
  deliveriesKey,
  deliveryKey,
  digestKey,
  laneKey,
  lanesKey,
  queuedKey,
  queueKey,
} from "./keys.ts";
import { type LaneRecord, laneRecordOf, type LaneState, stateOf } from "./lane_record.ts";
import { setProofs } from "./proofs.ts";
import { DoneTallies, setCells } from "./tallies.ts";

/** A lane that this process works on. */
export interface Lane {
  readonly name: string;
  readonly record: LaneRecord;
  readonly versionstamp: string | null;
}

/** What a courier found out, to be written at once. */
export interface Settlement {
  /** Deliveries of which nothing more will come. */
  readonly done?: readonly Delivery[];
  /** Of those that died, what is kept to send them again. */
  readonly letters?: readonly DeadLetter[];
  /** Deliveries that stay, with what changed. */
  readonly waiting?: readonly { readonly entry: Queued; readonly delivery: Delivery }[];
  /** Deliveries whose destination is served by another lane now. */
  readonly moved?: readonly { readonly entry: Queued; readonly lane: string }[];
  /** Deliveries that take the place of others. */
  readonly created?: readonly { readonly entry: Queued; readonly lane: string }[];
  /** Digests that the vendor has. */
  readonly digests?: readonly DigestRecord[];
  /** How the lane fares from now on. */
  readonly state?: LaneState;
}

/** How the outbox keeps its promises on this database. */
export interface OutboxOptions {
  readonly exclusive: boolean;
  readonly deadline: number;
  /** Milliseconds that records of deliveries are kept. */
  readonly retention: { readonly alerts: number; readonly dead: number };
}

/** Clocks of instances may be this far apart: nobody takes a lane over before that has passed, too. */
export const CLOCK_SKEW = 5_000;

/** Pages of a queue that {@linkcode Outbox.before} reads, at most. */
const LOOKED_BACK = 100;

/** Pages of a queue that are read at a time: in a storm each holds dozens of deliveries, and a few are enough. */
const STEP = 8;

/** What waits to be delivered, lane by lane. */
export class Outbox {
  readonly #kv: Deno.Kv;
  readonly #options: OutboxOptions;
  readonly #tallies: DoneTallies;
  /** The queues of lanes that are held, by lane. */
  readonly #queues = new Map<string, HeldQueue>();

  constructor(kv: Deno.Kv, options: OutboxOptions) {
    this.#kv = kv;
    this.#options = options;
    this.#tallies = new DoneTallies(kv, options);
  }

  /** Every lane that has, or may have, work. @throws StoreError */
  async lanes(): Promise<string[]> {
    const read = async (): Promise<string[]> => {
      const lanes: string[] = [];
      for await (const entry of this.#kv.list({ prefix: bellsKey() })) lanes.push(entry.key[1] as string);
      return lanes;
    };
    return await guard("list the lanes", read(), this.#options.deadline);
  }

  /** What is stored of a lane, without taking it. @throws StoreError */
  async record(lane: string): Promise<LaneRecord | undefined> {
    const entry = await guard("read a lane", this.#kv.get(laneKey(lane)), this.#options.deadline);
    return entry.value === null ? undefined : laneRecordOf(decode(entry.value));
  }

  /**
   * Take a lane. On an exclusive store it is there for the taking: whatever owner is written belongs to a process that
   * is gone.
   *
   * @returns the lane, or the time at which to ask again. @throws StoreError
   */
  async claim(
    name: string,
    { owner, now, until }: { owner: string; now: number; until: number },
  ): Promise<Lane | { readonly heldUntil: number }> {
    const entry = await guard("read a lane", this.#kv.get(laneKey(name)), this.#options.deadline);
    const record: LaneRecord = entry.value === null ? { failures: 0 } : laneRecordOf(decode(entry.value));
    const lane: Lane = { name, record, versionstamp: entry.versionstamp };
    this.#queues.delete(name);
    if (this.#options.exclusive) return lane;
    this.#tallies.forget(name);
    const heldUntil = (record.until ?? 0) + CLOCK_SKEW;
    if (record.owner !== undefined && record.owner !== owner && heldUntil > now) return { heldUntil };
    return await this.#write(lane, { ...record, owner, until }) ?? { heldUntil: now + 1_000 };
  }

  /** Keep a lane for longer. @returns `undefined` when it was lost. @throws StoreError */
  async renew(lane: Lane, { until }: { until: number }): Promise<Lane | undefined> {
    return this.#options.exclusive ? lane : await this.#write(lane, { ...lane.record, until });
  }

  /** Let others take the lane. Its bell stays: there is work. @throws StoreError */
  async release(lane: Lane): Promise<void> {
    if (this.#options.exclusive) return;
    await this.#write(lane, stateOf(lane.record));
  }

  /** A value was put into the queue of a lane by this process. */
  readonly hear: Hear = ({ lane, id, entries }) => this.#queues.get(lane)?.hear(id, entries);

  /**
   * The state of a lane's bell. Read it before the queue, so that {@linkcode giveUp} notices what came since. The queue is
   * then read from the database, whatever is known of it.
   */
  async bell(lane: string): Promise<Deno.KvEntryMaybe<unknown>> {
    this.#queues.get(lane)?.doubt();
    return await guard("read a bell", this.#kv.get(bellKey(lane)), this.#options.deadline);
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
    const read = async (): Promise<void> => {
      queue.begin();
      for await (const { key, value } of this.#kv.list({ prefix: queueKey(lane) }, { batchSize: STEP })) {
        for (const entry of queue.read(key[2] as string, value)) {
          if (enough(entry)) return queue.finish({ atEnd: false });
        }
      }
      queue.finish({ atEnd: true });
    };
    await guard("read a queue", read(), this.#options.deadline);
  }

  /** The deliveries of a lane whose ids begin so. @throws StoreError */
  async waiting(lane: string, start: string): Promise<Queued[]> {
    const page = start.slice(0, 26); // a page of the log, which a page of the queue is named for
    const range = { start: queuedKey(lane, page), end: queuedKey(lane, `${page}\uffff`) };
    const values = await guard("read a queue", Array.fromAsync(this.#kv.list(range)), this.#options.deadline);
    return values.flatMap(({ value }) => entriesIn(value)).filter(({ id }) => id.startsWith(start));
  }

  /** The deliveries that wait in a lane before another one, from the nearest pages of the queue. @throws StoreError */
  async before(lane: string, id: string): Promise<Queued[]> {
    const range = { start: queuedKey(lane, ""), end: queuedKey(lane, `${id.slice(0, 26)}\uffff`) };
    const pages = this.#kv.list(range, { reverse: true, limit: LOOKED_BACK });
    const values = await guard("read a queue", Array.fromAsync(pages), this.#options.deadline);
    return values.flatMap(({ value }) => entriesIn(value));
  }

  /** Put one more delivery into a lane; one of the same id is replaced. @throws StoreError */
  async enqueue(lane: string, entry: Queued): Promise<void> {
    const atomic = this.#kv.atomic().set(queuedKey(lane, entry.id), encode(entry)).set(bellKey(lane), true);
    await guard("queue a delivery", atomic.commit(), this.#options.deadline);
    this.hear({ lane, id: entry.id, entries: [entry] });
  }

  /**
   * Write what became of deliveries. On a shared store it is written only while the lane is ours.
   *
   * @returns the lane as it is now; `undefined` when it was lost and nothing was written. @throws StoreError
   */
  async settle(lane: Lane, settlement: Settlement): Promise<Lane | undefined> {
    const { done = [], letters = [], waiting = [], moved = [], created = [], digests = [], state } =
      settlement;
    const { owner, until, token } = lane.record;
    const owned = owner === undefined ? {} : { owner, until, token };
    const record = state ? { ...state, ...owned } as LaneRecord : lane.record;
    const cells = await this.#tallies.after(lane.name, changesOf(done, created.map(({ entry }) => entry)));
    const gone = [...done.map(({ id }) => id), ...moved.map(({ entry }) => entry.id)];
    const kept = waiting.map(({ entry }) => entry);
    const elsewhere = [...moved, ...created];
    let landed = (): void => {};
    const after = await this.#write(lane, record, (atomic) => {
      landed = this.#queueOf(lane.name).write(atomic, { gone, kept });
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
        atomic.set(queuedKey(other, entry.id), encode(entry)).set(bellKey(other), true);
      }
      for (const digest of digests) {
        atomic.set(digestKey(digest.id), encode(digest), { expireIn: this.#options.retention.alerts });
      }
      setProofs(atomic, done);
    });
    if (after) {
      landed();
      for (const { entry, lane: other } of elsewhere) {
        this.hear({ lane: other, id: entry.id, entries: [entry] });
      }
      this.#tallies.keep(lane.name, cells);
    } else this.#tallies.forget(lane.name);
    return after;
  }

  /**
   * Leave a lane that has nothing to do.
   *
   * @returns whether it is left; `false` when the bell rang since it was read, or the lane was lost. @throws StoreError
   */
  async giveUp(lane: Lane, bell: Deno.KvEntryMaybe<unknown>, { now }: { now: number }): Promise<boolean> {
    this.#queues.delete(lane.name);
    if (bell.versionstamp === null) {
      await this.release(lane);
      return true;
    }
    const atomic = this.#kv.atomic().check(bell).delete(bellKey(lane.name));
    if (!this.#options.exclusive) atomic.check({ key: laneKey(lane.name), versionstamp: lane.versionstamp });
    // With an empty queue there is nothing to send again.
    const { digest: _digest, digests: _digests, recoveredAt: _recoveredAt, ...state } = stateOf(lane.record);
    const kept = keptFor(state, now);
    if (kept === 0) atomic.delete(laneKey(lane.name));
    else atomic.set(laneKey(lane.name), encode(state), kept === Infinity ? {} : { expireIn: kept });
    return (await guard("leave a lane", atomic.commit(), this.#options.deadline)).ok;
  }

  /** How each lane fares that has something to say: by name. @throws StoreError */
  async states(): Promise<Map<string, LaneState>> {
    const read = async (): Promise<Map<string, LaneState>> => {
      const states = new Map<string, LaneState>();
      for await (const entry of this.#kv.list({ prefix: lanesKey() })) {
        states.set(entry.key[1] as string, stateOf(laneRecordOf(decode(entry.value))));
      }
      return states;
    };
    return await guard("read the lanes", read(), this.#options.deadline);
  }

  /** A digest that a vendor has. @throws StoreError */
  async digest(id: string): Promise<DigestRecord | undefined> {
    const entry = await guard("read a digest", this.#kv.get(digestKey(id)), this.#options.deadline);
    return entry.value === null ? undefined : decode<DigestRecord>(entry.value);
  }

  /** What became of each delivery of an alert; what was never tried has no record. @throws StoreError */
  async deliveries(alert: string): Promise<Delivery[]> {
    const read = async (): Promise<Delivery[]> => {
      const deliveries: Delivery[] = [];
      for await (const entry of this.#kv.list({ prefix: deliveriesKey(alert) })) {
        deliveries.push(decode<Delivery>(entry.value));
      }
      return deliveries;
    };
    return await guard("read deliveries", read(), this.#options.deadline);
  }

  /** The record of one delivery. @throws StoreError */
  async delivery({ alert, id }: { alert: string; id: string }): Promise<Delivery | undefined> {
    const entry = await guard(
      "read a delivery",
      this.#kv.get(deliveryKey(alert, id)),
      this.#options.deadline,
    );
    return entry.value === null ? undefined : decode<Delivery>(entry.value);
  }

  /** The last message of a delivery, as it was sent; `undefined` when that is not kept. @throws StoreError */
  async sent({ sent }: Delivery): Promise<SentMessage | undefined> {
    if (!sent || !("with" in sent)) return sent;
    const first = await this.delivery({ alert: alertIdOf(sent.with), id: sent.with });
    return first?.sent?.id === sent.id && !("with" in first.sent) ? first.sent : undefined;
  }

  #queueOf(lane: string): HeldQueue {
    let queue = this.#queues.get(lane);
    if (!queue) this.#queues.set(lane, queue = new HeldQueue(lane, { alone: this.#options.exclusive }));
    return queue;
  }

  /** One atomic that holds only while the lane is ours, and that is known to have landed even when the answer is lost. */
  async #write(
    lane: Lane,
    record: LaneRecord,
    add: (atomic: Deno.AtomicOperation) => void = () => {},
  ): Promise<Lane | undefined> {
    const { name } = lane;
    const atomic = this.#kv.atomic();
    add(atomic);
    if (this.#options.exclusive) {
      if (record !== lane.record) atomic.set(laneKey(name), encode(record));
      const result = await guard("write a lane", atomic.commit(), this.#options.deadline);
      if (!result.ok) throw new Error("Cannot write a lane: a commit without checks was refused");
      return { name, record, versionstamp: result.versionstamp };
    }
    const token = crypto.randomUUID();
    const signed: LaneRecord = { ...record, token };
    atomic.check({ key: laneKey(name), versionstamp: lane.versionstamp }).set(laneKey(name), encode(signed));
    try {
      const result = await guard("write a lane", atomic.commit(), this.#options.deadline);
      if (result.ok) return { name, record: signed, versionstamp: result.versionstamp };
    } catch {
      // The answer is in doubt: the record itself says whether it landed.
    }
    const entry = await guard("read a lane", this.#kv.get(laneKey(name)), this.#options.deadline);
    const landed = entry.value !== null && laneRecordOf(decode(entry.value)).token === token;
    return landed ? { name, record: signed, versionstamp: entry.versionstamp } : undefined;
  }
}

/** For how long there is something to remember of a lane, in milliseconds. */
function keptFor({ failures, pause, sick, refused, spent = {} }: LaneState, now: number): number {
  if (failures > 0 || pause || sick || refused) return Infinity;
  const ends = Object.values(spent).flatMap((places) => Object.keys(places).map(Number));
  return Math.max(0, ...ends.map((end) => end - now));
}
