import type { Clock } from "../base/clock.ts";
import { decode, encode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { clockKey, clockOfKey, clocksKey } from "./keys.ts";
import type { Watch } from "./watch.ts";

/** What an instance saw of another's clock counts for this long, in milliseconds. */
const COUNTS_FOR = 5 * 60_000;

/** When no instance has left its time for this long, in milliseconds, none was up: one leaves it each minute. */
const DOWN_AFTER = 150_000;

/** What the newest of the instances left. */
interface NewestClock {
  readonly instance: string;
  readonly at: number;
  /** Since when one of them was up at any time. */
  readonly upSince?: number;
}

/** What an instance leaves each minute: its time, and how far ahead the clock is that it saw furthest ahead. */
interface ClockRecord {
  readonly at: number;
  readonly ahead: number;
}

/**
 * How far apart the clocks of the instances are, measured through a shared database: an instance leaves its time there, and
 * the others see it later than it was left. A time that lies in the future of the one who sees it therefore proves that
 * the two clocks differ by at least as much, however slow the database is. A clock that is behind is detected by the other instance.
 */
export class Clocks {
  readonly #kv: DatabaseView;
  readonly #clock: Pick<Clock, "now">;
  readonly #instance = crypto.randomUUID();
  /** How far ahead the other instances' clocks were, and when that was seen. */
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

  /** How far apart two instances' clocks are at least, in milliseconds. */
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
