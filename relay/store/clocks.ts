import type { Clock } from "../base/clock.ts";
import { decode, encode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { clockKey, clockOfKey, clocksKey } from "./keys.ts";
import type { Watch } from "./watch.ts";

/** The time that an observation of another instance's clock counts, in milliseconds. */
const COUNTS_FOR = 5 * 60_000;

/** If no instance has left its time for this long, in milliseconds, none was running: each leaves it every minute. */
const DOWN_AFTER = 150_000;

/** The record of the newest instance. */
interface NewestClock {
  readonly instance: string;
  readonly at: number;
  /** Since when one of them was up at any time. */
  readonly upSince?: number;
}

/** An instance's record of each minute: its time, and the largest lead of another clock that it saw. */
interface ClockRecord {
  readonly at: number;
  readonly ahead: number;
}

/**
 * The differences between the instances' clocks, measured through a shared database: each instance writes its time
 * there, and the others read it later. A time in the reader's future therefore proves that the two clocks differ by
 * at least as much, regardless of the database's speed. A clock that is behind is detected by the other instance.
 */
export class Clocks {
  readonly #kv: DatabaseView;
  readonly #clock: Pick<Clock, "now">;
  readonly #instance = crypto.randomUUID();
  /** The leads of the other instances' clocks, with the times of the observations. */
  readonly #seen = new Map<string, { readonly ahead: number; readonly at: number }>();

  #upSince: number | undefined;

  constructor(database: Database, { clock }: { clock: Pick<Clock, "now"> }) {
    this.#kv = database.of("the clocks");
    this.#clock = clock;
  }

  /** Notice the times of other instances as soon as they leave them. */
  follow(watch: Watch): void {
    watch.on(clockKey(), ({ value }) => {
      if (value === null) return;
      const { instance, at } = decode<NewestClock>(value);
      if (instance !== this.#instance) this.#see(instance, at);
    });
  }

  /** Take note of records that were read with those of the minute. */
  notice(entries: readonly Deno.KvEntry<unknown>[]): void {
    for (const { key, value } of entries) {
      if (key.length !== 3 || key[1] !== clocksKey()[1] || key[2] === this.#instance) continue;
      const instance = String(key[2]);
      const { at, ahead } = decode<ClockRecord>(value);
      this.#see(instance, at);
      if (at + COUNTS_FOR > this.#clock.now()) this.#note(`seen by ${instance}`, ahead, at);
    }
  }

  /** Leave this instance's time. @throws StoreError */
  async leave(): Promise<void> {
    const at = this.#clock.now();
    const record: ClockRecord = { at, ahead: this.#furthest((name) => !name.startsWith("seen by ")) };
    const { value } = await this.#kv.entry(clockKey());
    const before = value === null ? undefined : decode<NewestClock>(value);
    const wasUp = before !== undefined && before.at + DOWN_AFTER > at;
    const newest: NewestClock = { instance: this.#instance, at, upSince: wasUp ? before.upSince ?? 0 : at };
    const atomic = this.#kv.atomic()
      .set(clockOfKey(this.#instance), encode(record), { expireIn: COUNTS_FOR })
      .set(clockKey(), encode(newest));
    await this.#kv.commit(atomic);
    this.#upSince = newest.upSince;
  }

  /** Since when an instance was up at any time, in epoch milliseconds; `undefined` before this one has left its time. */
  get upSince(): number | undefined {
    return this.#upSince;
  }

  /** The least difference between two instances' clocks, in milliseconds. */
  get skew(): number {
    return this.#furthest(() => true);
  }

  #see(instance: string, at: number): void {
    this.#note(instance, at - this.#clock.now(), this.#clock.now());
  }

  #note(name: string, ahead: number, at: number): void {
    const before = this.#seen.get(name);
    // The least delay tells most. A clock that was set right is believed after some minutes.
    if (before && before.ahead > ahead && before.at + COUNTS_FOR > this.#clock.now()) return;
    this.#seen.set(name, { ahead, at });
  }

  #furthest(counts: (name: string) => boolean): number {
    let furthest = 0;
    for (const [name, { ahead, at }] of this.#seen) {
      if (at + COUNTS_FOR <= this.#clock.now()) this.#seen.delete(name);
      else if (counts(name)) furthest = Math.max(furthest, ahead);
    }
    return furthest;
  }
}
