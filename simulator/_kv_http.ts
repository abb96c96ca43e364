/**
 * The HTTP/2 server of the KV Connect proxy. Deno's client speaks HTTP/2 at once, also to `http://` addresses, and sends all
 * requests of an instance over one connection.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { constants, createServer, type Http2ServerResponse, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";

/** A request, as a whole. */
export interface ArrivedH2 {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A running server. */
export interface Http2Server {
  /** Without a slash at the end. */
  readonly url: string;
  /** Cut every connection. */
  cutAll(): void;
  close(): Promise<void>;
}

/** Serve HTTP/2 without TLS on 127.0.0.1. `port`: 0 = any free one. */
export async function serveHttp2(
  handle: (request: ArrivedH2, response: Http2ServerResponse) => void,
  port: number,
): Promise<Http2Server> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method, url: path } = incoming;
      const pairs = Object.entries(incoming.headers).filter(([name]) => !name.startsWith(":"));
      const headers = new Headers(pairs.map(([name, value]) => [name, String(value)]));
      handle({ method, path, headers, body: new Uint8Array(Buffer.concat(chunks)) }, response);
    });
    incoming.on("error", () => {}); // the client went away
    response.on("error", () => {});
    response.stream.on("error", () => {});
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("close", () => sessions.delete(session));
    session.on("error", () => {});
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const cutAll = (): void => {
    for (const session of sessions) session.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cutAll,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cutAll();
      }),
  };
}

/** Break a request off; the others of its connection go on. */
export function resetStream(response: Http2ServerResponse): void {
  response.stream?.close(constants.NGHTTP2_INTERNAL_ERROR);
}
