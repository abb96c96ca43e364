/**
 * The HTTP server of the KV Connect proxy. Deno's client speaks HTTP/2 at once, also to `http://` addresses, and sends all
 * requests of an instance over one connection. `Deno.serve` understands both versions; Node's HTTP/2 server in Deno 2.9
 * corrupts its memory under large answers.
 *
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";

/** A server whose connections can be cut. */
export interface CuttableServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Cut every connection, answered or not, and listen again at the same address. */
  cut(): Promise<void>;
  close(): Promise<void>;
}

/** Serve on 127.0.0.1. `port`: 0 = any free one. */
export function serveCuttable(
  handle: (request: Request) => Promise<Response>,
  port: number,
): CuttableServer {
  let abort = new AbortController();
  let closed = false;
  const open = (port: number): Deno.HttpServer<Deno.NetAddr> =>
    Deno.serve({ port, hostname: "127.0.0.1", signal: abort.signal, onListen: () => {} }, handle);
  let server = open(port);
  const place = server.addr.port;
  let cutting = Promise.resolve();
  const cut = async (): Promise<void> => {
    if (closed) return;
    abort.abort();
    await server.finished;
    abort = new AbortController();
    server = open(place);
  };
  return {
    url: `http://127.0.0.1:${place}`,
    cut: () => cutting = cutting.then(cut),
    close: async () => {
      await cutting;
      closed = true;
      abort.abort();
      await server.finished;
    },
  };
}

/** An answer that never comes. */
export function silence(): Promise<Response> {
  return new Promise(() => {});
}

/** After this time the first bytes of an answer have been sent, in milliseconds. */
const SENT_AFTER = 20;

/** A body that is broken off after its first bytes. */
export function brokenOff(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let sent = false;
  return new ReadableStream({
    pull: async (controller) => {
      if (!sent) controller.enqueue(bytes);
      else {
        await delay(SENT_AFTER);
        controller.error(new Error("simulated: broken off"));
      }
      sent = true;
    },
  }, { highWaterMark: 0 });
}
