import { decode, encode } from "../base/codec.ts";
import type { Queued } from "../domain/record.ts";
import type { Atomic } from "./atomic.ts";
import { queuedKey } from "./keys.ts";

/** A value of the queue: the deliveries that one commit put into the lane, or a single delivery. */
interface QueuePage {
  readonly key: string;
  readonly entries: Map<string, Queued>;
  readonly single: boolean;
}

/** A change of a queue. */
export interface QueueChange {
  /** The ids of deliveries that leave the queue. */
  readonly gone: readonly string[];
  /** The current state of deliveries that stay in the queue. */
  readonly updated: readonly Queued[];
}

/** The most cached deliveries of a lane; the rest is read later. */
const MAX_CACHED = 2_000;

/**
 * The queue of a lane, cached by the instance that holds the lane. Other instances only add entries, they never
 * change one. So a cached entry is not read again: a later read may return an older value than the holder has
 * written.
 *
 * Once a queue was read to its end, the cache is complete, and it is not read again until an addition. A process with
 * its own database is notified of each addition, and reads no more.
 */
export class HeldQueue {
  readonly #lane: string;
  readonly #alone: boolean;
  /** In the order of their keys, once the cache is complete. */
  #pages = new Map<string, QueuePage>();
  readonly #pageOf = new Map<string, QueuePage>();
  #isWhole = false;
  /** The keys that were removed while the queue is being read: the read may still return them. */
  #gone: Set<string> | undefined;
  /** The current read may have missed an addition. */
  #missed = false;
  /** The number of database reads in the last read of all values, finished or not. */
  reads = 0;
  /** The number of waiting deliveries so far found: more than are cached if the queue is long. */
  #counted = 0;

  /** `alone`: this process is notified of every addition. */
  constructor(lane: string, { alone = false } = {}) {
    this.#lane = lane;
    this.#alone = alone;
  }

  /** Whether all waiting deliveries are cached. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** The cached deliveries, from the head of the queue. */
  *entries(): Generator<Queued> {
    for (const { entries } of this.#pages.values()) yield* entries.values();
  }

  /** Mark the cache as incomplete: another instance may have added deliveries. */
  doubt(): void {
    this.#isWhole = false;
    this.#missed = true;
  }

  /** Whether nothing that was read remains in the queue after a change. */
  isEmptyAfter({ gone, updated }: QueueChange): boolean {
    if (!this.#isWhole || updated.length > 0) return false;
    return new Set(gone.filter((id) => this.#pageOf.has(id))).size === this.#pageOf.size;
  }

  /** Whether a value was read before. */
  has(key: string): boolean {
    return this.#pages.has(key);
  }

  /** Begin a read of all values. */
  begin(): void {
    this.reads = 0;
    this.#gone = new Set();
    this.#missed = false;
  }

  /** Finish the read. `atEnd`: it has seen the last value. */
  finish({ atEnd }: { atEnd: boolean }): void {
    this.#gone = undefined;
    this.#counted = atEnd ? this.size : Math.max(this.#counted, this.size);
    this.#isWhole = atEnd && !this.#missed;
    if (this.#isWhole) this.#sort();
  }

  /** Add a value that was just written. */
  added(key: string, entries: readonly Queued[]): void {
    this.#counted += entries.length;
    // Additions of other instances may come first.
    if (!this.#alone) return this.doubt();
    if (!this.#isWhole && !this.#gone) return;
    if (this.#pages.get(key)?.single === false) return; // the read already returned it
    this.#gone?.delete(key);
    if (this.#pageOf.size >= MAX_CACHED) {
      this.#isWhole = false;
      this.#missed = true;
      return;
    }
    this.#add(key, entries, { single: entries[0]?.id === key });
    if (this.#isWhole) this.#sort();
  }

  /** The number of waiting deliveries that this instance has found. */
  get waiting(): number {
    return this.#isWhole ? this.size : Math.max(this.#counted, this.size);
  }

  /** The number of cached deliveries. */
  get size(): number {
    return this.#pageOf.size;
  }

  /** The deliveries of a value that was read, from the cache if it has them. */
  read(key: string, value: unknown): Iterable<Queued> {
    const cached = this.#pages.get(key);
    if (cached && (this.#alone || !cached.single)) return cached.entries.values();
    if (this.#gone?.has(key)) return [];
    const stored = decode<Queued | Queued[]>(value);
    return this.#add(key, [stored].flat(), { single: !Array.isArray(stored) }).entries.values();
  }

  #add(key: string, entries: readonly Queued[], { single }: { single: boolean }): QueuePage {
    const page = { key, entries: new Map(entries.map((entry) => [entry.id, entry])), single };
    this.#cache(page);
    return page;
  }

  /** Sorts the pages unless they are in order, which is nearly always the case: additions come last. */
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
   * Add the change to an atomic.
   *
   * @returns a function to call when the atomic has landed.
   */
  write(atomic: Atomic, { gone, updated }: QueueChange): () => void {
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
    for (const entry of updated) {
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
      for (const entry of updated) {
        const page = this.#pageOf.get(entry.id);
        if (page?.single) this.#cache({ ...page, entries: new Map([[entry.id, entry]]) });
      }
      this.#counted -= gone.length;
      for (const id of gone) {
        if (this.#pageOf.get(id)?.single) this.#drop(id);
        this.#pageOf.delete(id);
      }
    };
  }

  #cache(page: QueuePage): void {
    this.#pages.set(page.key, page);
    for (const id of page.entries.keys()) this.#pageOf.set(id, page);
  }

  #replace(page: QueuePage, entries: Map<string, Queued>): void {
    if (entries.size === 0) this.#drop(page.key);
    else this.#cache({ ...page, entries });
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
