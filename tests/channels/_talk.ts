import {
  type Cache,
  type Channel,
  type ChannelRequest,
  type ChannelResponse,
  type Message,
  NoAnswer,
  type Tools,
  type Verdict,
} from "../../relay/channel.ts";
import { NOW } from "./_message.ts";
import { exchange } from "./_send.ts";

/** A cache that lasts as long as the test, and forgets by the test's clock. */
export interface TestCache extends Cache {
  /** Its values, including expired ones. */
  readonly values: ReadonlyMap<string, { value: unknown; until: number }>;
}

/** Make a cache. */
export function testCache(now: () => number): TestCache {
  const values = new Map<string, { value: unknown; until: number }>();
  return {
    values,
    get: (key) => {
      const kept = values.get(key);
      return Promise.resolve(
        kept !== undefined && kept.until > now() ? structuredClone(kept.value) : undefined,
      );
    },
    set: (key, value, { until }) => {
      values.set(key, { value: JSON.parse(JSON.stringify(value)), until });
      return Promise.resolve();
    },
    delete: (key) => {
      values.delete(key);
      return Promise.resolve();
    },
  };
}

/** A channel over HTTP with its cache, at a time that the test controls. */
export class Talk {
  now = NOW;
  readonly cache: TestCache = testCache(() => this.now);
  readonly #channel: Channel;
  readonly #reroute: (request: ChannelRequest) => ChannelRequest;

  /** `reroute`: changes each request before it is sent. */
  constructor(channel: Channel, reroute: (request: ChannelRequest) => ChannelRequest = (request) => request) {
    this.#channel = channel;
    this.#reroute = reroute;
  }

  /** Send a message as the relay would, and read the channel's verdict. */
  async send(input: unknown, message: Message, signal: AbortSignal = AbortSignal.any([])): Promise<Verdict> {
    const tools: Tools = {
      kept: new Map(),
      now: this.now,
      cache: this.cache,
      signal,
      fetch: (request) => answered(exchange(this.#reroute(request))),
    };
    return await this.#channel.send!(this.#channel.config.parse(input), message, tools);
  }
}

/** As the relay's own `fetch`, which hides the error of the network. */
async function answered(exchange: Promise<ChannelResponse>): Promise<ChannelResponse> {
  try {
    return await exchange;
  } catch (error) {
    throw new NoAnswer((error as Error).message, { handedOver: true });
  }
}
