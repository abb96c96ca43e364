/**
 * One attempt at a vendor, made by the relay's own parts, with a function in place of the network.
 *
 * @module
 */
import type { Cache, Channel, Message, VendorAnswer, Verdict } from "../../relay/channel.ts";
import { secretsOf } from "../../relay/config/secrets_of.ts";
import { timeoutOf } from "../../relay/channel/options.ts";
import { prepareCall } from "../../relay/delivery/vendor_call.ts";
import { createSender } from "../../relay/delivery/sender.ts";
import type { Destination } from "../../relay/domain/group.ts";
import type { AttemptRecord } from "../../relay/domain/record.ts";
import { NOW } from "./messages.ts";

/** A channel with a config: a destination without its group. */
export interface Configured {
  readonly channel: Channel;
  /** As the channel's schema parsed it. */
  readonly config: unknown;
  readonly secrets: readonly string[];
}

/** A request as it was sent, byte by byte. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** The outcome of an attempt. */
export interface Attempt {
  readonly requests: readonly SentRequest[];
  readonly verdict: Verdict;
  readonly record: AttemptRecord;
  /** The number of requests without an answer at the time of the verdict. */
  readonly open: number;
}

type Answer = VendorAnswer | Response;

/** Answers a request in place of the vendor. An exception means a broken connection. */
export type Respond = (request: SentRequest, index: number) => Answer | Promise<Answer>;

/** Answers a request by sending it over HTTP. */
export function sendWith(fetch: typeof globalThis.fetch): Respond {
  return ({ url, method, headers, body }) =>
    fetch(url, {
      method,
      headers,
      redirect: "manual",
      ...method === "GET" ? {} : { body: body as Uint8Array<ArrayBuffer> },
      signal: AbortSignal.timeout(10_000),
    });
}

/** The options of {@linkcode attempt}. */
export interface AttemptOptions {
  /** Epoch milliseconds. */
  readonly now?: number;
  /** The channel's cache; default: an empty one. */
  readonly cache?: Cache;
}

/** Parse a config as the relay does. @throws z.ZodError */
export function configured(channel: Channel, written: unknown = channel.sample): Configured {
  const config = channel.config.parse(written);
  const secrets = [written, config].flatMap((one) => secretsOf(channel.config, one));
  return { channel, config, secrets: [...new Set(secrets)] };
}

/** Makes one attempt at a vendor with these answers. */
export async function attempt(
  { channel, config, secrets }: Configured,
  message: Message,
  respond: Respond,
  { now = NOW, cache = memoryCache() }: AttemptOptions = {},
): Promise<Attempt> {
  const requests: SentRequest[] = [];
  let open = 0;
  const send = createSender({
    fetch: async (input, init) => {
      const request = new Request(input, init); // refuses what fetch refuses
      open++;
      const sent: SentRequest = {
        method: request.method,
        url: new URL(request.url),
        headers: request.headers,
        body: await request.bytes(),
      };
      requests.push(sent);
      await new Promise((resolve) => setTimeout(resolve)); // as if over a wire: a call that is not awaited is still open
      const response = responseOf(await respond(sent, requests.length - 1));
      open--;
      return response;
    },
  });
  const timeout = timeoutOf(channel, config) ?? 10_000;
  const call = await prepareCall(message, {
    channel,
    destination: destinationOf({ channel, config, secrets }),
    send,
    caches: { of: () => cache },
    connections: new Map(),
    clock: { now: () => now, at: () => () => {} },
    timeout,
    signal: new AbortController().signal,
  });
  const result = await call();
  if ("stopped" in result) throw new Error("the attempt was stopped");
  return { requests, open, ...result };
}

/** The destination `ops/default/NAME` of a channel with a config. */
export function destinationOf({ channel, config, secrets }: Configured): Destination {
  return {
    id: `ops/default/${channel.name}`,
    name: channel.name,
    channel: channel.name,
    config,
    lane: channel.name,
    configHash: "h",
    secrets,
    limits: [],
    fallbackAfter: 0,
    isFallback: false,
  };
}

/** An answer in the form that the sender receives. */
export function responseOf(answer: Answer): Response {
  if (answer instanceof Response) return answer;
  const { status = 200, headers = {}, json, text = json === undefined ? "" : JSON.stringify(json) } = answer;
  const type = json === undefined ? "text/plain; charset=utf-8" : "application/json";
  const isBodiless = status === 204 || status === 304;
  return new Response(isBodiless ? null : text, { status, headers: { "content-type": type, ...headers } });
}

/** A cache in memory, with the size limits of the relay's. */
export function memoryCache(now = NOW): Cache & { readonly keys: () => string[] } {
  const values = new Map<string, { readonly json: string; readonly until: number }>();
  return {
    keys: () => [...values.keys()],
    get: (key) => {
      const kept = values.get(key);
      return Promise.resolve(kept && kept.until > now ? JSON.parse(kept.json) : undefined);
    },
    set: (key, value, { until, secret = false }) => {
      const json = JSON.stringify(value) ?? "null";
      const most = secret ? 40_000 : 60_000;
      if (new TextEncoder().encode(json).length > most) {
        return Promise.reject(new Error(`a value of the cache takes ${most} bytes`));
      }
      values.set(key, { json, until });
      return Promise.resolve();
    },
    delete: (key) => {
      values.delete(key);
      return Promise.resolve();
    },
  };
}
