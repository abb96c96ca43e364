import type { Cache } from "../channel.ts";
import { decode, encode } from "../codec.ts";
import { guard } from "./guard.ts";
import { cacheKey, cachesKey } from "./keys.ts";

/** A value with its own end: expiry in the database only means "not before". */
interface Kept {
  readonly until: number;
  readonly value: unknown;
}

/** What channels keep for themselves, each under its own name. */
export class Caches {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #deadline: number;

  constructor(kv: Deno.Kv, { now, deadline }: { now: () => number; deadline: number }) {
    this.#kv = kv;
    this.#now = now;
    this.#deadline = deadline;
  }

  /** The cache of one channel. */
  of(channel: string): Cache {
    return {
      get: async (key) => {
        const entry = await guard("read a cache", this.#kv.get(cacheKey(channel, key)), this.#deadline);
        return entry.value === null ? undefined : this.#alive(decode<Kept>(entry.value));
      },
      set: async (key, value, { until }) => {
        const expireIn = Math.max(1, Math.ceil(until - this.#now()));
        const kept: Kept = { until, value };
        await guard(
          "write a cache",
          this.#kv.set(cacheKey(channel, key), encode(kept), { expireIn }),
          this.#deadline,
        );
      },
      delete: async (key) => {
        await guard("clear a cache", this.#kv.delete(cacheKey(channel, key)), this.#deadline);
      },
    };
  }

  /** The values that a channel keeps, under the last keys first. @throws StoreError */
  async newest(channel: string, limit: number): Promise<unknown[]> {
    const read = async (): Promise<unknown[]> => {
      const values: unknown[] = [];
      for await (const entry of this.#kv.list({ prefix: cachesKey(channel) }, { reverse: true, limit })) {
        const value = this.#alive(decode<Kept>(entry.value));
        if (value !== undefined) values.push(value);
      }
      return values;
    };
    return await guard("read a cache", read(), this.#deadline);
  }

  #alive({ until, value }: Kept): unknown {
    return until > this.#now() ? value : undefined;
  }
}
