import { decode, encode } from "../codec.ts";
import type { Queued } from "../record.ts";
import { queuedKey } from "./keys.ts";

/** A value of the queue: what one commit put into the lane, or one delivery by itself. */
interface Page {
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

/**
 * The queue of a lane as its holder knows it. Nobody else changes what is in it: others only add to it. So what was read
 * once is not taken from a later reading, which may be older than what the holder has written since.
 */
export class HeldQueue {
  readonly #lane: string;
  readonly #pages = new Map<string, Page>();
  readonly #pageOf = new Map<string, Page>();

  constructor(lane: string) {
    this.#lane = lane;
  }

  /** How many deliveries it knows of. */
  get size(): number {
    return this.#pageOf.size;
  }

  /** A reading begins with this value: those before it are over, and so is what an older reading brought back of them. */
  forgetBefore(key: string): void {
    for (const page of this.#pages.values()) {
      if (page.key >= key) continue;
      this.#pages.delete(page.key);
      for (const id of page.entries.keys()) this.#pageOf.delete(id);
    }
  }

  /** The deliveries of a value that was read. */
  read(key: string, value: unknown): Iterable<Queued> {
    const known = this.#pages.get(key);
    if (known && !known.single) return known.entries.values();
    const entries = decode<Queued | Queued[]>(value);
    if (!Array.isArray(entries)) {
      this.#keep({ key, entries: new Map([[entries.id, entries]]), single: true });
      return [entries];
    }
    this.#keep({ key, entries: new Map(entries.map((entry) => [entry.id, entry])), single: false });
    return entries;
  }

  /**
   * Add what changes to an atomic.
   *
   * @returns to be called when it has landed.
   */
  write(atomic: Deno.AtomicOperation, { gone, kept }: QueueChange): () => void {
    const changed = new Map<Page, Map<string, Queued>>();
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
      for (const id of gone) this.#pageOf.delete(id);
    };
  }

  #keep(page: Page): void {
    this.#pages.set(page.key, page);
    for (const id of page.entries.keys()) this.#pageOf.set(id, page);
  }

  #replace(page: Page, entries: Map<string, Queued>): void {
    if (entries.size === 0) this.#pages.delete(page.key);
    else this.#keep({ ...page, entries });
  }
}

/** The deliveries of a value of a queue. */
export function entriesIn(value: unknown): Queued[] {
  return [decode<Queued | Queued[]>(value)].flat();
}
