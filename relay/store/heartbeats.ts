import { decode, encode } from "../base/codec.ts";
import type { Heartbeat, Listening } from "../domain/heartbeat.ts";
import { StoreError } from "./errors.ts";
import { guard } from "./guard.ts";
import { heartbeatKey, heartbeatsKey, listeningKey } from "./keys.ts";

/** How often a change is tried while other instances change the same record. */
const TRIES = 10;

/** The records of the heartbeats. */
export class Heartbeats {
  readonly #kv: Deno.Kv;
  readonly #options: { readonly deadline: number; readonly retention: { readonly alerts: number } };

  constructor(kv: Deno.Kv, options: { deadline: number; retention: { readonly alerts: number } }) {
    this.#kv = kv;
    this.#options = options;
  }

  /** All of them. @throws StoreError */
  async all(): Promise<Heartbeat[]> {
    const read = async (): Promise<Heartbeat[]> => {
      const found: Heartbeat[] = [];
      for await (const { value } of this.#kv.list({ prefix: heartbeatsKey() })) found.push(decode(value));
      return found;
    };
    return await guard("read the heartbeats", read(), this.#options.deadline);
  }

  /** Change a heartbeat. `change` may be called again; it returns `undefined` to forget the heartbeat. @throws StoreError */
  async update(
    fingerprint: string,
    change: (known: Heartbeat | undefined) => Heartbeat | undefined,
  ): Promise<Heartbeat | undefined> {
    const { deadline, retention } = this.#options;
    const key = heartbeatKey(fingerprint);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const entry = await guard("read a heartbeat", this.#kv.get(key), deadline);
      const after = change(entry.value === null ? undefined : decode<Heartbeat>(entry.value));
      const atomic = this.#kv.atomic().check(entry);
      if (after) atomic.set(key, encode(after), { expireIn: retention.alerts });
      else atomic.delete(key);
      if ((await guard("write a heartbeat", atomic.commit(), deadline)).ok) return after;
    }
    throw new StoreError(
      "unavailable",
      "Cannot write a heartbeat: other instances change it at the same time",
    );
  }

  /** When a relay on this database was last running. @throws StoreError */
  async listening(): Promise<Listening | undefined> {
    const { value } = await guard(
      "read the heartbeats",
      this.#kv.get(listeningKey()),
      this.#options.deadline,
    );
    return value === null ? undefined : decode<Listening>(value);
  }

  /** Record that a relay is running. @throws StoreError */
  async listen(listening: Listening): Promise<void> {
    await guard(
      "write the heartbeats",
      this.#kv.set(listeningKey(), encode(listening)),
      this.#options.deadline,
    );
  }
}
