/**
 * A KV Connect proxy that fails on purpose: in front of a real `denokv` server, or with its own store. Each instance
 * of a relay has its own address, so that faults can slow it down or cut it off.
 *
 * Source of the protocol: https://github.com/denoland/denokv/blob/main/proto/kv-connect.md
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import {
  type KvAnswer,
  type KvBackend,
  type KvMethod,
  type KvRequest,
  kvServer,
  type Metadata,
} from "./_kv_backend.ts";
import { ControlError, parseControl, serveControl } from "./_kv_control.ts";
import { countAnswer, countRequest, type KvCounters, noCounters, sumOf } from "./_kv_counters.ts";
import { type KvFault, KvFaultList, randomFrom, type RequestKind } from "./_kv_faults.ts";
import type { Bytes } from "./_kv_messages.ts";
import { openKvStore } from "./_kv_store.ts";
import { brokenOff, type CuttableServer, serveCuttable, silence } from "./_kv_http.ts";

export type { KvCounters } from "./_kv_counters.ts";
export { KV_FAULTS, type KvFault, type KvFaultKind, randomFrom, type RequestKind } from "./_kv_faults.ts";

/** The options of {@linkcode startKvConnect}. */
export interface KvConnectOptions {
  /** The address of a real server; default: its own store. */
  readonly upstream?: string | undefined;
  /** The file of its own store; default: memory. */
  readonly path?: string | undefined;
  /** The access token of its own store. */
  readonly token?: string | undefined;
  /** The names of the instances; default one, `a`. */
  readonly instances?: readonly string[];
  /** The port of the control API; the instances follow. Default: any free ports. */
  readonly port?: number | undefined;
  /** The seed of random faults; default 1. */
  readonly seed?: number;
}

const latencySchema = z.strictObject({
  /** A round trip, in milliseconds: half before the database, half after it. */
  ms: z.number().min(0).max(60_000),
  /** The largest random addition. */
  jitterMs: z.number().min(0).max(60_000).default(0),
  /** Default: all. */
  instance: z.string().optional(),
});

/** The latency of requests and answers. */
export type Latency = z.input<typeof latencySchema>;

/** An instance, as the control API shows it. */
export interface KvInstanceState {
  /** The value of this instance's `FENGHUO_KV`. */
  readonly url: string;
  readonly latency: { readonly ms: number; readonly jitterMs: number };
  /** The agreed version of the protocol. */
  readonly protocol: number | undefined;
  readonly counters: KvCounters;
}

/** The state of the proxy. */
export interface KvConnectState {
  readonly store: KvBackend["kind"];
  readonly instances: Readonly<Record<string, KvInstanceState>>;
  readonly faults: KvFaultList["active"];
  /** The counters of all instances. */
  readonly counters: KvCounters;
}

/** A running proxy. */
export interface KvConnect extends AsyncDisposable {
  /** Whether a real `denokv` server stores the keys. */
  readonly store: KvBackend["kind"];
  /** The address of the control API. */
  readonly control: string;
  /** The address of an instance; default the first. @throws Error when there is no such instance */
  urlOf(instance?: string): string;
  /** Set a fault. It ends by itself, after 60 s unless it says otherwise. @throws Error when there is no such fault */
  fault(fault: KvFault): void;
  /** End all faults. Hanging requests keep hanging. */
  heal(): void;
  /** Set the latency. @throws Error */
  latency(latency: Latency): void;
  /** The counters since the start or the last reset, of all instances or of one. @throws Error */
  counters(instance?: string): KvCounters;
  resetCounters(): void;
  state(): KvConnectState;
  close(): Promise<void>;
}

/** An instance's connection to the database. */
interface Way {
  readonly name: string;
  server: CuttableServer | undefined;
  url: string;
  latency: { readonly ms: number; readonly jitterMs: number };
  protocol: number | undefined;
  counters: KvCounters;
}

/** The access token of the proxy's own store. */
export const KV_TOKEN = "fenghuo-kv-token";

const METHODS: Readonly<Record<string, KvMethod>> = {
  "/": "metadata",
  "/v2/snapshot_read": "snapshot_read",
  "/v2/atomic_write": "atomic_write",
  "/v2/watch": "watch",
};

const KINDS: Readonly<Record<KvMethod, RequestKind>> = {
  metadata: "metadata",
  snapshot_read: "read",
  atomic_write: "write",
  watch: "watch",
};

const REFUSALS = {
  "5xx_before": [503, "simulated: not available"],
  "5xx_after": [503, "simulated: applied, and not available"],
  late: [503, "simulated: not available, and applied later"],
  "401": [401, "simulated: Invalid access token."],
  "429": [429, "simulated: too many requests"],
} as const;

/** An invalid message: it begins with the end of a group, unlike JSON and every message. */
const NO_MESSAGE = new Uint8Array(24).fill(0xff);

/** Start a proxy. */
export async function startKvConnect(
  { upstream, path = ":memory:", token = KV_TOKEN, instances = ["a"], port, seed = 1 }: KvConnectOptions = {},
): Promise<KvConnect> {
  const backend = upstream === undefined ? openKvStore({ path, token }) : kvServer(upstream);
  const random = randomFrom(seed);
  const faults = new KvFaultList(random);
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  const ways = new Map<string, Way>(instances.map((name) => [name, {
    name,
    server: undefined,
    url: "",
    latency: { ms: 0, jitterMs: 0 },
    protocol: undefined,
    counters: noCounters(),
  }]));
  const wayOf = (name: string): Way => {
    const way = ways.get(name);
    if (way === undefined) {
      throw new ControlError(`there is no instance "${name}"; there is ${instances.join(", ")}`);
    }
    return way;
  };

  /** Half a round trip. A timer fires late on a busy machine: the second half makes up for the delay of the first. */
  const journey = ({ latency: { ms, jitterMs } }: Way): () => Promise<void> => {
    const half = (ms + random() * jitterMs) / 2;
    let late = 0;
    return async () => {
      const due = performance.now() + half - late;
      const left = due - performance.now();
      if (left > 0) await delay(left, undefined, { signal: closing.signal });
      late = Math.max(0, performance.now() - due);
    };
  };

  const handle = async (way: Way, arrived: Request): Promise<Response> => {
    const method = METHODS[new URL(arrived.url).pathname];
    if (method === undefined || arrived.method !== "POST") {
      return new Response("Resource not found.", { status: 404 });
    }
    const gone = new AbortController();
    const body = await arrived.bytes();
    const request: KvRequest = { method, headers: new Headers(arrived.headers), body, signal: gone.signal };
    count(() => countRequest(way.counters, method, body));
    const fault = faults.next(way.name, KINDS[method]);
    if (fault !== undefined) way.counters.faults++;
    const travel = journey(way);
    await travel();

    switch (fault?.kind) {
      case "partition":
      case "hang":
        return await silence();
      case "reset_before":
        return await reset(way);
      case "late":
        applyLater(way, { ...request, signal: closing.signal }, fault.delayMs);
        await travel();
        return refusal(fault.kind);
      case "5xx_before":
      case "401":
      case "429":
        await travel();
        return refusal(fault.kind);
    }

    const answer = await ask(way, request);
    if (fault !== undefined && !(answer.body instanceof Uint8Array)) gone.abort();
    await travel();
    if (faults.partition(way.name) !== undefined) return await silence();
    const headers = { "content-type": answer.type };
    switch (fault?.kind) {
      case "hang_after":
        return await silence();
      case "reset_after":
        return await reset(way);
      case "5xx_after":
        return refusal(fault.kind);
      case "broken_body":
        return new Response(NO_MESSAGE, { headers });
      case "short_body":
        return new Response(brokenOff(NO_MESSAGE), { headers });
    }
    const { status } = answer;
    if (answer.body instanceof Uint8Array) return new Response(answer.body, { status, headers });
    return new Response(traveling(way, answer.body, gone), { status, headers });
  };

  const reset = async (way: Way): Promise<Response> => {
    void way.server?.cut();
    return await silence();
  };

  const applyLater = (way: Way, request: KvRequest, ms: number): void => {
    const done: Promise<void> = delay(ms, undefined, { signal: closing.signal })
      .then(() => ask(way, request))
      .then(() => {}, () => {}) // not awaited
      .finally(() => underWay.delete(done));
    underWay.add(done);
  };

  /** The messages of a watch, each half a round trip later; a partition passes none. */
  const traveling = (
    way: Way,
    messages: AsyncIterable<Bytes>,
    gone: AbortController,
  ): ReadableStream<Bytes> => {
    const iterator = messages[Symbol.asyncIterator]();
    const end = (): void => {
      gone.abort();
      void iterator.return?.().catch(() => {});
    };
    return new ReadableStream({
      pull: async (controller) => {
        const { value, done } = await iterator.next().catch(() => ({ value: undefined, done: true }));
        await journey(way)().catch(() => {});
        if (faults.partition(way.name) !== undefined) {
          end();
          return await new Promise(() => {});
        }
        if (done || gone.signal.aborted || closing.signal.aborted) return controller.close();
        controller.enqueue(value!);
      },
      cancel: end,
    }, { highWaterMark: 0 });
  };

  /** Forward a request to the database. */
  const ask = async (way: Way, request: KvRequest): Promise<KvAnswer> => {
    const answer = await backend.handle(request);
    count(() => countAnswer(way.counters, request.method, answer));
    if (request.method !== "metadata" || answer.status !== 200) return answer;
    const metadata = JSON.parse(new TextDecoder().decode(answer.body as Uint8Array)) as Metadata;
    way.protocol = metadata.version;
    // All endpoints are replaced by this one; absolute, because version 1 of the protocol has only absolute ones.
    const endpoints = [{ url: `${way.url}/v2`, consistency: "strong" }];
    return { ...answer, body: new TextEncoder().encode(JSON.stringify({ ...metadata, endpoints })) };
  };

  const proxy: KvConnect = {
    store: backend.kind,
    control: "",
    urlOf: (instance = instances[0]!) => wayOf(instance).url,
    fault: (wanted) => {
      if (wanted?.instance !== undefined) wayOf(wanted.instance);
      const fault = parseControl({ parse: (value) => faults.add(value) }, wanted);
      if (fault.kind !== "partition") return;
      fault.over.addEventListener("abort", () => {
        for (const { name, server } of ways.values()) {
          if ((fault.instance ?? name) === name) void server?.cut();
        }
      });
    },
    heal: () => faults.heal(),
    latency: (wanted) => {
      const { instance, ...latency } = parseControl(latencySchema, wanted);
      for (const way of instance === undefined ? ways.values() : [wayOf(instance)]) way.latency = latency;
    },
    counters: (instance) =>
      sumOf(
        instance === undefined ? [...ways.values()].map((way) => way.counters) : [wayOf(instance).counters],
      ),
    resetCounters: () => {
      for (const way of ways.values()) way.counters = noCounters();
    },
    state: () => ({
      store: backend.kind,
      instances: Object.fromEntries(
        [...ways].map(([name, { url, latency, protocol, counters }]) =>
          [name, { url, latency, protocol, counters }] as const
        ),
      ),
      faults: faults.active,
      counters: proxy.counters(),
    }),
    close: async () => {
      closing.abort();
      faults.heal();
      await Promise.all(servers.map((server) => server.close()));
      await Promise.all(underWay);
      backend.close();
    },
    [Symbol.asyncDispose]: () => proxy.close(),
  };

  const control = await serveControl(proxy, { port });
  const servers: { close(): Promise<void> }[] = [control];
  for (const way of ways.values()) {
    const serve = (request: Request): Promise<Response> =>
      // The database is unreachable, or this proxy closes: the client sees a broken connection.
      handle(way, request).catch(() => closing.signal.aborted ? silence() : reset(way));
    way.server = serveCuttable(serve, port === undefined ? 0 : port + servers.length);
    servers.push(way.server);
    way.url = way.server.url;
  }
  return Object.assign(proxy, { control: control.url });
}

function refusal(kind: keyof typeof REFUSALS): Response {
  const [status, text] = REFUSALS[kind];
  return new Response(text, { status });
}

/** Count a valid message; the database refuses an invalid one. */
function count(add: () => void): void {
  try {
    add();
  } catch {
    // Not a message.
  }
}
