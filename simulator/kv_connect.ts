/**
 * A KV Connect proxy that fails on purpose: before a real `denokv` server, or over a store of its own where there is none.
 * Each instance of a relay has an address of its own, so that one can be slowed down or cut off.
 *
 * Source of the protocol: https://github.com/denoland/denokv/blob/main/proto/kv-connect.md
 *
 * @module
 */
import type { Http2ServerResponse } from "node:http2";
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
import { openKvStore } from "./_kv_store.ts";
import { type ArrivedH2, type Http2Server, resetStream, serveHttp2 } from "./_kv_http.ts";

export type { KvCounters } from "./_kv_counters.ts";
export { KV_FAULTS, type KvFault, type KvFaultKind, type RequestKind } from "./_kv_faults.ts";

/** What {@linkcode startKvConnect} needs. */
export interface KvConnectOptions {
  /** The address of a real server; default: a store of its own. */
  readonly upstream?: string | undefined;
  /** Of its own store: a file; default: memory. */
  readonly path?: string | undefined;
  /** Of its own store: the access token. */
  readonly token?: string | undefined;
  /** The names of the instances; default one, `a`. */
  readonly instances?: readonly string[];
  /** Of the control API; the instances follow. Default: any free ports. */
  readonly port?: number | undefined;
  /** Of what happens by chance; default 1. */
  readonly seed?: number;
}

const latencySchema = z.strictObject({
  /** A round trip, in milliseconds: half before the database, half after it. */
  ms: z.number().min(0).max(60_000),
  /** Up to so much more, by chance. */
  jitterMs: z.number().min(0).max(60_000).default(0),
  /** Default: all. */
  instance: z.string().optional(),
});

/** How long a request and its answer travel. */
export type Latency = z.input<typeof latencySchema>;

/** An instance, as the control API shows it. */
export interface KvInstanceState {
  /** What `FENGHUO_KV` of this instance is. */
  readonly url: string;
  readonly latency: { readonly ms: number; readonly jitterMs: number };
  /** The version of the protocol that was agreed on. */
  readonly protocol: number | undefined;
  readonly counters: KvCounters;
}

/** What the proxy is and does. */
export interface KvConnectState {
  readonly store: KvBackend["kind"];
  readonly instances: Readonly<Record<string, KvInstanceState>>;
  readonly faults: KvFaultList["active"];
  /** Of all instances. */
  readonly counters: KvCounters;
}

/** A running proxy. */
export interface KvConnect extends AsyncDisposable {
  /** Whether a real `denokv` server keeps the keys. */
  readonly store: KvBackend["kind"];
  /** The address of the control API. */
  readonly control: string;
  /** The address of an instance; default the first. @throws Error when there is no such instance */
  urlOf(instance?: string): string;
  /** Set a fault. It ends by itself, after 60 s unless it says otherwise. @throws Error when there is no such fault */
  fault(fault: KvFault): void;
  /** End all faults. What hangs stays so. */
  heal(): void;
  /** From now on requests and answers travel so long. @throws Error */
  latency(latency: Latency): void;
  /** What was asked since the start or the last reset, by all instances or by one. @throws Error */
  counters(instance?: string): KvCounters;
  resetCounters(): void;
  state(): KvConnectState;
  close(): Promise<void>;
}

/** An instance's way to the database. */
interface Way {
  readonly name: string;
  server: Http2Server | undefined;
  url: string;
  latency: { readonly ms: number; readonly jitterMs: number };
  protocol: number | undefined;
  counters: KvCounters;
}

/** The access token of a store of its own. */
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

/** Begins with the end of a group, which neither JSON nor a message does. */
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

  /** Half a round trip. A timer fires late on a busy machine: what the first half took too long, the second makes up for. */
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

  const handle = async (way: Way, arrived: ArrivedH2, response: Http2ServerResponse): Promise<void> => {
    const method = METHODS[arrived.path];
    if (method === undefined || arrived.method !== "POST") {
      return say(response, 404, "Resource not found.");
    }
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const request: KvRequest = { ...arrived, method, signal: gone.signal };
    count(() => countRequest(way.counters, method, request.body));
    const fault = faults.next(way.name, KINDS[method]);
    if (fault !== undefined) way.counters.faults++;
    const travel = journey(way);
    await travel();

    switch (fault?.kind) {
      case "partition":
      case "hang":
        return;
      case "reset_before":
        return resetStream(response);
      case "5xx_before":
      case "401":
      case "429":
      case "late":
        await travel();
        refuse(response, fault.kind);
        if (fault.kind !== "late") return;
        await delay(fault.delayMs, undefined, { signal: closing.signal });
        await ask(way, { ...request, signal: closing.signal });
        return;
    }

    const { status, type, body } = await ask(way, request);
    if (fault !== undefined && !(body instanceof Uint8Array)) gone.abort();
    await travel();
    if (faults.partition(way.name) !== undefined) return;
    const head = { "content-type": type };
    switch (fault?.kind) {
      case "hang_after":
        return;
      case "reset_after":
        return resetStream(response);
      case "5xx_after":
        return refuse(response, fault.kind);
      case "broken_body":
        response.writeHead(200, head);
        return void response.end(NO_MESSAGE);
      case "short_body":
        response.writeHead(200, { ...head, "content-length": "1000" }).write(
          new Uint8Array(1),
          () => resetStream(response),
        );
        return;
    }
    response.writeHead(status, head);
    if (body instanceof Uint8Array) return void response.end(body);
    for await (const message of body) {
      await journey(way)();
      if (gone.signal.aborted || faults.partition(way.name) !== undefined) return gone.abort();
      response.write(message);
    }
    response.end();
  };

  /** Let the database do it. */
  const ask = async (way: Way, request: KvRequest): Promise<KvAnswer> => {
    const answer = await backend.handle(request);
    count(() => countAnswer(way.counters, request.method, answer));
    if (request.method !== "metadata" || answer.status !== 200) return answer;
    const metadata = JSON.parse(new TextDecoder().decode(answer.body as Uint8Array)) as Metadata;
    way.protocol = metadata.version;
    // All endpoints become this one; absolute, because version 1 of the protocol knows no others.
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
        for (const { name, server } of ways.values()) if ((fault.instance ?? name) === name) server?.cutAll();
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
    way.server = await serveHttp2((arrived, response) => {
      const done = handle(way, arrived, response)
        // The database is out of reach, or this proxy closes: to the client the connection breaks.
        .catch(() => resetStream(response))
        .finally(() => underWay.delete(done));
      underWay.add(done);
    }, port === undefined ? 0 : port + servers.length);
    servers.push(way.server);
    way.url = way.server.url;
  }
  return Object.assign(proxy, { control: control.url });
}

function refuse(response: Http2ServerResponse, kind: keyof typeof REFUSALS): void {
  const [status, text] = REFUSALS[kind];
  say(response, status, text);
}

function say(response: Http2ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain" });
  response.end(text);
}

/** Count what is a message; the database says what is wrong with one that is none. */
function count(add: () => void): void {
  try {
    add();
  } catch {
    // It is none.
  }
}
