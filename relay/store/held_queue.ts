import { decode, encode } from "../base/codec.ts";
import type { Queued } from "../domain/record.ts";
import { queuedKey } from "./keys.ts";

/** A value of the queue: what one commit put into the lane, or one delivery by itself. */
interface QueuePage {
  readonly key: string;
  readonly entries: Map<string, Queued>;
  readonly single: boolean;
}

/** What is to be changed of a queue. */
export interface QueueChange {
  /** Ids of deliveries that leave it. */
  readonly gone: readonly string[];
  /** Deliveries that stay, as they are now. */
  readonly kept: readonly Queued[];
}

/** Deliveries of a lane that are kept in memory for what comes next; what is more is read when its turn comes. */
const KEPT = 2_000;

/**
 * The queue of a lane as its holder knows it. Nobody else changes what is in it: others only add to it. So what was read
 * once is not taken from a later reading, which may be older than what the holder has written since.
 *
 * Where this process alone has the database, it is notified of every addition. Once it has read a queue to its end it knows
 * the whole, and reads no more.
 */
export class HeldQueue {
  readonly #lane: string;
  readonly #alone: boolean;
  /** In the order of their keys, once it is whole. */
  #pages = new Map<string, QueuePage>();
  readonly #pageOf = new Map<string, QueuePage>();
  #isWhole = false;
  /** The values that were taken out while the queue is being read: the reading may still show them. */
  #gone: Set<string> | undefined;
  /** Something was heard of that there is no room for. */
  #missed = false;

  /** `alone`: this process is notified of every addition. */
  constructor(lane: string, { alone = false } = {}) {
    this.#lane = lane;
    this.#alone = alone;
  }

  /** Whether all that waits is known. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What waits, from the head of the queue, as far as it is known. */
  *entries(): Iterable<Queued> {
    for (const { entries } of this.#pages.values()) yield* entries.values();
  }

  /** Have it read again: something may have been added that nobody told. */
  doubt(): void {
    this.#isWhole = false;
  }

  /** A reading of all values begins. */
  begin(): void {
    this.#gone = new Set();
    this.#missed = false;
  }

  /** The reading is over. `atEnd`: it has seen the last value. */
  finish({ atEnd }: { atEnd: boolean }): void {
    this.#gone = undefined;
    this.#isWhole = this.#alone && atEnd && !this.#missed;
    if (this.#isWhole) this.#sort();
  }

  /** A value was added. */
  hear(key: string, entries: readonly Queued[]): void {
    if (!this.#isWhole && !this.#gone) return;
    if (this.#pages.get(key)?.single === false) return; // the reading was faster
    this.#gone?.delete(key);
    if (this.#pageOf.size >= KEPT) {
      this.#isWhole = false;
      this.#missed = true;
      return;
    }
    this.#add(key, entries, { single: entries[0]?.id === key });
    if (this.#isWhole) this.#sort();
  }

  /** How many deliveries it knows of. */
  get size(): number {
    return this.#pageOf.size;
  }

  /** The deliveries of a value that was read. */
  read(key: string, value: unknown): Iterable<Queued> {
    const known = this.#pages.get(key);
    if (known && (this.#alone || !known.single)) return known.entries.values();
    if (this.#gone?.has(key)) return [];
    const stored = decode<Queued | Queued[]>(value);
    return this.#add(key, [stored].flat(), { single: !Array.isArray(stored) }).entries.values();
  }

  #add(key: string, entries: readonly Queued[], { single }: { single: boolean }): QueuePage {
    const page = { key, entries: new Map(entries.map((entry) => [entry.id, entry])), single };
    this.#keep(page);
    return page;
  }

  /** Almost always they are: what is added comes last. */
  #sort(): void {
    let last = "";
    for (const key of this.#pages.keys()) {
      if (key < last) {
        this.#pages = new Map([...this.#pages].sort(([a], [b]) => a < b ? -1 : 1));
        return;
      }
      last = key;
    }
  }

  /**
   * Add what changes to an atomic.
   *
   * @returns to be called when it has landed.
   */
  write(atomic: Deno.AtomicOperation, { gone, kept }: QueueChange): () => void {
    const changed = new Map<QueuePage, Map<string, Queued>>();
    const after = (id: string): Map<string, Queued> | undefined => {
      const page = this.#pageOf.get(id);
      if (!page || page.single) return undefined;
      if (!changed.has(page)) changed.set(page, new Map(page.entries));
      return changed.get(page);
    };
    for (const id of gone) {
      const entries = after(id);
      if (entries) entries.delete(id);
      else atomic.delete(queuedKey(this.#lane, id));
    }
    for (const entry of kept) {
      const entries = after(entry.id);
      if (entries) entries.set(entry.id, entry);
      else atomic.set(queuedKey(this.#lane, entry.id), encode(entry));
    }
    for (const [{ key }, entries] of changed) {
      if (entries.size === 0) atomic.delete(queuedKey(this.#lane, key));
      else atomic.set(queuedKey(this.#lane, key), encode([...entries.values()]));
    }
    return () => {
      for (const [page, entries] of changed) this.#replace(page, entries);
      for (const entry of kept) {
        const page = this.#pageOf.get(entry.id);
        if (page?.single) this.#keep({ ...page, entries: new Map([[entry.id, entry]]) });
      }
      for (const id of gone) {
        if (this.#pageOf.get(id)?.single) this.#drop(id);
        this.#pageOf.delete(id);
      }
    };
  }

  #keep(page: QueuePage): void {
    this.#pages.set(page.key, page);
    for (const id of page.entries.keys()) this.#pageOf.set(id, page);
  }

  #replace(page: QueuePage, entries: Map<string, Queued>): void {
    if (entries.size === 0) this.#drop(page.key);
    else this.#keep({ ...page, entries });
  }

  #drop(key: string): void {
    this.#pages.delete(key);
    this.#gone?.add(key);
  }
}

/** The deliveries of a value of a queue. */
export function entriesIn(value: unknown): Queued[] {
  return [decode<Queued | Queued[]>(value)].flat();
}
