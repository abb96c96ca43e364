import type { Cache, CacheReader } from "../channel.ts";
import { decode, encode } from "../base/codec.ts";
import { seal, unseal } from "../base/seal.ts";
import { guard } from "./guard.ts";
import { cacheKey, cachesKey } from "./keys.ts";

/** A value with its own end: expiry in the database only means "not before". A secret one is sealed. */
type Kept = { readonly until: number } & ({ readonly value: unknown } | { readonly sealed: string });

/** What channels keep for themselves, each under its own name. */
export class Caches {
  readonly #kv: Deno.Kv;
  readonly #now: () => number;
  readonly #deadline: number;
  readonly #key: string;

  /** `key`: what secret values are sealed with. */
  constructor(kv: Deno.Kv, { now, deadline, key }: { now: () => number; deadline: number; key: string }) {
    this.#kv = kv;
    this.#now = now;
    this.#deadline = deadline;
    this.#key = key;
  }

  /** The cache of one channel. */
  of(channel: string): Cache {
    return {
      get: async (key) => {
        const entry = await guard("read a cache", this.#kv.get(cacheKey(channel, key)), this.#deadline);
        return entry.value === null
          ? undefined
          : await this.#open(decode<Kept>(entry.value), `${channel}/${key}`);
      },
      set: async (key, value, { until, secret = false }) => {
        const expireIn = Math.max(1, Math.ceil(until - this.#now()));
        const place = `${channel}/${key}`;
        const kept: Kept = secret
          ? { until, sealed: await seal(JSON.stringify(value), { key: this.#key, place }) }
          : { until, value };
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

  /** The same, to be read. */
  reader(channel: string): CacheReader {
    return { get: this.of(channel).get, newest: (limit) => this.newest(channel, limit) };
  }

  /** The values that a channel keeps, under the last keys first. @throws StoreError */
  async newest(channel: string, limit: number): Promise<unknown[]> {
    const read = async (): Promise<unknown[]> => {
      const values: unknown[] = [];
      for await (const entry of this.#kv.list({ prefix: cachesKey(channel) }, { reverse: true, limit })) {
        const value = await this.#open(decode<Kept>(entry.value), `${channel}/${entry.key[2] as string}`);
        if (value !== undefined) values.push(value);
      }
      return values;
    };
    return await guard("read a cache", read(), this.#deadline);
  }

  /** A value that is not over; one that was sealed with another key is as good as gone. */
  async #open(kept: Kept, place: string): Promise<unknown> {
    if (kept.until <= this.#now()) return undefined;
    if ("value" in kept) return kept.value;
    const text = await unseal(kept.sealed, { key: this.#key, place });
    return text === undefined ? undefined : JSON.parse(text);
  }
}
