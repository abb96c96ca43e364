import type { Bytes } from "./_kv_messages.ts";

/** The four requests of KV Connect. */
export type KvMethod = "metadata" | "snapshot_read" | "atomic_write" | "watch";

/** A request of KV Connect. */
export interface KvRequest {
  readonly method: KvMethod;
  readonly headers: Headers;
  readonly body: Bytes;
  /** Aborts when the client ends a watch. */
  readonly signal: AbortSignal;
}

/** An answer, before a fault changes it. */
export interface KvAnswer {
  readonly status: number;
  readonly type: string;
  /** A stream for a watch. */
  readonly body: Bytes | AsyncIterable<Bytes>;
}

/** The store of the keys. */
export interface KvBackend {
  readonly kind: "denokv" | "own store";
  handle(request: KvRequest): Promise<KvAnswer>;
  close(): void;
}

/** A running KV Connect server. */
export function kvServer(url: string): KvBackend {
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 64 });
  let endpoint: string | undefined;
  const addressOf = async (request: KvRequest): Promise<string> => {
    if (request.method === "metadata") return url;
    // A client with the metadata of an earlier proxy does not request them again.
    if (endpoint === undefined) await exchange({ ...request, method: "metadata", body: VERSIONS });
    return `${endpoint}/${request.method}`;
  };
  const ask = async (request: KvRequest): Promise<Response> => {
    const headers = new Headers(request.headers);
    for (const name of ["host", "connection", "content-length", "accept-encoding"]) headers.delete(name);
    const signal = request.method === "watch" ? request.signal : null;
    const address = await addressOf(request);
    return await fetch(address, { method: "POST", headers, body: request.body, client, signal });
  };
  const exchange = async (request: KvRequest): Promise<KvAnswer> => {
    const response = await ask(request);
    const body = await response.bytes();
    if (response.ok) {
      const { endpoints } = JSON.parse(new TextDecoder().decode(body)) as Metadata;
      const strong = endpoints.find(({ consistency }) => consistency === "strong");
      endpoint = new URL(strong!.url, response.url).href;
    }
    return { status: response.status, type: typeOf(response), body };
  };
  return {
    kind: "denokv",
    handle: async (request) => {
      if (request.method === "metadata") return await exchange(request);
      const response = await ask(request);
      const isStream = request.method === "watch" && response.ok;
      const body = isStream ? response.body! : await response.bytes();
      return { status: response.status, type: typeOf(response), body };
    },
    close: () => client.close(),
  };
}

/** The fields of a metadata exchange's answer that a proxy needs. */
export interface Metadata {
  readonly version: number;
  readonly endpoints: readonly { readonly url: string; readonly consistency: string }[];
}

const VERSIONS = new TextEncoder().encode('{"supportedVersions":[2,3]}');

function typeOf({ headers }: Response): string {
  return headers.get("content-type") ?? "text/plain";
}
