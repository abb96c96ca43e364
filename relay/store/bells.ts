import { encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import type { Database, DatabaseView } from "./database.ts";
import { bellKey, bellsKey, ringKey } from "./keys.ts";

/**
 * The bells of lanes: one is set by every commit that adds deliveries to the lane, without a check, and removed when the
 * lane is left with an empty queue. On a shared database the same commit sets a key that instances watch.
 */
export class Bells {
  readonly #kv: DatabaseView;
  /** The value of the watched key: names this instance. */
  readonly #ring: Uint8Array | undefined;

  constructor(database: Database, { isShared }: { isShared: boolean }) {
    this.#kv = database.of("the outbox");
    this.#ring = isShared ? encode(crypto.randomUUID()) : undefined;
  }

  /** Ring the bells of lanes that get deliveries in this atomic. */
  ring(atomic: Atomic, lanes: Iterable<string>): void {
    let isAny = false;
    for (const lane of lanes) {
      atomic.set(bellKey(lane), true);
      isAny = true;
    }
    if (isAny && this.#ring) atomic.set(ringKey(), this.#ring);
  }

  /** The versions of all bells that are set, by lane: every lane that has, or may have, work. @throws StoreError */
  async all(): Promise<Map<string, string>> {
    const bells = new Map<string, string>();
    for await (const { key, versionstamp } of this.#kv.list({ prefix: bellsKey() })) {
      bells.set(key[1] as string, versionstamp);
    }
    return bells;
  }
}
