import type { Clock } from "../base/clock.ts";
import type { Cache, CacheReader } from "../channel.ts";
import { decode } from "../base/codec.ts";
import { seal, unseal } from "../base/seal.ts";
import type { Database, DatabaseView } from "./database.ts";
import { cacheKey, cachesKey } from "./keys.ts";

/** A value with its own expiry time: expiry in the database only means "not before". A secret value is sealed. */
type Cached = { readonly until: number } & ({ readonly value: unknown } | { readonly sealed: string });

/** The values that channels cache, each channel under its own name. */
export class Caches {
  readonly #kv: DatabaseView;
  readonly #clock: Pick<Clock, "now">;
  readonly #key: string;
  readonly #ofChannels = new Map<string, Cache>();

  /** `key`: seals the secret values. */
  constructor(database: Database, { clock, key }: { clock: Pick<Clock, "now">; key: string }) {
    this.#kv = database.of("a cache");
    this.#clock = clock;
    this.#key = key;
  }

  /** The cache of one channel, the same object each time. */
  of(channel: string): Cache {
    const known = this.#ofChannels.get(channel);
    if (known) return known;
    const cache = this.#make(channel);
    this.#ofChannels.set(channel, cache);
    return cache;
  }

  #make(channel: string): Cache {
    return {
      get: async (key) => {
        const cached = await this.#kv.get<Cached>(cacheKey(channel, key));
        return cached && await this.#open(cached, `${channel}/${key}`);
      },
      set: async (key, value, { until, secret = false }) => {
        const expireIn = Math.max(1, Math.ceil(until - this.#clock.now()));
        const place = `${channel}/${key}`;
        const cached: Cached = secret
          ? { until, sealed: await seal(JSON.stringify(value), { key: this.#key, place }) }
          : { until, value };
        await this.#kv.set(cacheKey(channel, key), cached, { expireIn });
      },
      delete: async (key) => {
        await this.#kv.delete(cacheKey(channel, key));
      },
    };
  }

  /** A read-only view of the cache. */
  reader(channel: string): CacheReader {
    return { get: this.of(channel).get, newest: (limit) => this.newest(channel, limit) };
  }

  /** The values that a channel has cached, the last keys first. @throws StoreError */
  async newest(channel: string, limit: number): Promise<unknown[]> {
    const values: unknown[] = [];
    for await (const entry of this.#kv.list({ prefix: cachesKey(channel) }, { reverse: true, limit })) {
      const value = await this.#open(decode<Cached>(entry.value), `${channel}/${entry.key[2] as string}`);
      if (value !== undefined) values.push(value);
    }
    return values;
  }

  /** The value unless it has expired; a value that was sealed with another key counts as missing. */
  async #open(cached: Cached, place: string): Promise<unknown> {
    if (cached.until <= this.#clock.now()) return undefined;
    if ("value" in cached) return cached.value;
    const text = await unseal(cached.sealed, { key: this.#key, place });
    return text === undefined ? undefined : JSON.parse(text);
  }
}
