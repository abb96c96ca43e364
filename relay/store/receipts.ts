import { seal, unseal } from "../base/seal.ts";
import type { Clock } from "../base/clock.ts";
import type { Receipt } from "../domain/verdict.ts";
import type { Atomic } from "./atomic.ts";
import { encode } from "../base/codec.ts";
import type { Database, DatabaseView } from "./database.ts";
import { receiptKey } from "./keys.ts";

/** A thread: the messages about one incident at one destination; with `recipient`, those to one member. */
export interface Thread {
  /** The destination's id. */
  readonly destination: string;
  readonly fingerprint: string;
  /** A member's id, for a channel with `per: "recipient"`. */
  readonly recipient?: string | undefined;
  /** The hash of the destination's config: with another one the message may be unknown to the vendor. */
  readonly configHash: string;
}

/** A change of a thread's receipt. Without `receipt` it is deleted. */
export interface ReceiptChange extends Thread {
  readonly receipt?: Receipt;
}

/** A change with its receipt sealed. */
export interface SealedReceipt extends Thread {
  readonly sealed?: string;
}

/** A stored receipt: expiry in the database only means "not before". */
interface StoredReceipt {
  readonly until: number;
  readonly sealed: string;
}

/** The vendors' ids of the last message of each thread, sealed. The outbox writes receipts when it settles. */
export class Receipts {
  readonly #kv: DatabaseView;
  readonly #clock: Pick<Clock, "now">;
  readonly #key: string;

  /** `key`: seals the receipts. */
  constructor(database: Database, { clock, key }: { clock: Pick<Clock, "now">; key: string }) {
    this.#kv = database.of("the receipts");
    this.#clock = clock;
    this.#key = key;
  }

  /** The receipt of a thread; one that was sealed with another key or config counts as missing. @throws StoreError */
  async of(thread: Thread): Promise<Receipt | undefined> {
    const stored = await this.#kv.get<StoredReceipt>(receiptKey(thread));
    if (stored === undefined || stored.until <= this.#clock.now()) return undefined;
    const text = await unseal(stored.sealed, { key: this.#key, place: placeOf(thread) });
    return text === undefined ? undefined : JSON.parse(text) as Receipt;
  }

  /** Seal the receipts of changes. */
  async seal(changes: readonly ReceiptChange[]): Promise<SealedReceipt[]> {
    return await Promise.all(changes.map(async ({ receipt, ...thread }) => {
      if (receipt === undefined) return thread;
      const sealed = await seal(JSON.stringify(receipt), { key: this.#key, place: placeOf(thread) });
      return { ...thread, sealed };
    }));
  }
}

/** Add changes of receipts to an atomic. `lifetime`: in milliseconds. */
export function setReceipts(
  atomic: Atomic,
  changes: readonly SealedReceipt[],
  { now, lifetime }: { now: number; lifetime: number },
): void {
  for (const { sealed, ...thread } of changes) {
    const key = receiptKey(thread);
    if (sealed === undefined) atomic.delete(key);
    else {
      const stored: StoredReceipt = { until: now + lifetime, sealed };
      atomic.set(key, encode(stored), { expireIn: lifetime });
    }
  }
}

/** A sealed receipt cannot be opened as that of another thread. */
function placeOf({ destination, fingerprint, recipient = "", configHash }: Thread): string {
  return ["receipt", destination, fingerprint, recipient, configHash].join("/");
}
