import { decode, encode } from "../base/codec.ts";
import type { Heartbeat, Listening } from "../domain/heartbeat.ts";
import { StoreError } from "./errors.ts";
import type { Database, DatabaseView } from "./database.ts";
import { heartbeatKey, heartbeatsKey, listeningKey } from "./keys.ts";

/** The most attempts at a change while other instances change the same record. */
const TRIES = 10;

/** The heartbeats' records. */
export class Heartbeats {
  readonly #kv: DatabaseView;
  readonly #retention: { readonly alerts: number };

  constructor(database: Database, { retention }: { retention: { readonly alerts: number } }) {
    this.#kv = database.of("the heartbeats");
    this.#retention = retention;
  }

  /** All heartbeats. @throws StoreError */
  async all(): Promise<Heartbeat[]> {
    return await this.#kv.all<Heartbeat>(heartbeatsKey());
  }

  /**
   * Change a heartbeat. `change` may be called again; it returns `undefined` to forget the heartbeat. @throws StoreError
   */
  async update(
    fingerprint: string,
    change: (existing: Heartbeat | undefined) => Heartbeat | undefined,
  ): Promise<Heartbeat | undefined> {
    const key = heartbeatKey(fingerprint);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const entry = await this.#kv.entry(key);
      const after = change(entry.value === null ? undefined : decode<Heartbeat>(entry.value));
      const atomic = this.#kv.atomic().check(entry);
      if (after) atomic.set(key, encode(after), { expireIn: this.#retention.alerts });
      else atomic.delete(key);
      if ((await this.#kv.commit(atomic)).ok) return after;
    }
    throw new StoreError(
      "unavailable",
      "Cannot write a heartbeat: other instances change it at the same time",
    );
  }

  /** The time at which a relay on this database was last running. @throws StoreError */
  async listening(): Promise<Listening | undefined> {
    return await this.#kv.get<Listening>(listeningKey());
  }

  /** Record that a relay is running. @throws StoreError */
  async listen(listening: Listening): Promise<void> {
    await this.#kv.set(listeningKey(), listening);
  }
}
