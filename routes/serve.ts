import { withTimeout } from "../relay/base/timeout.ts";
import type { Connection } from "./http/remote_address.ts";

/** A server that can be stopped. */
export interface Server {
  /** Answer the requests in progress, for at most `grace` milliseconds; the rest is cut off. */
  stop(options: { grace: number }): Promise<void>;
}

/**
 * Serve a handler until it is stopped. New requests are answered 503 while it stops: their senders retry.
 *
 * Deno's own `shutdown()` fails the bodies that are still being read, so it comes last.
 */
export function serve(
  handler: (request: Request, connection: Connection) => Response | Promise<Response>,
  options: Deno.ServeTcpOptions,
): Server {
  const cutOff = new AbortController();
  const idle = Promise.withResolvers<void>();
  let underWay = 0;
  let stopping = false;

  const server = Deno.serve({ ...options, signal: cutOff.signal }, async (request, info) => {
    if (stopping) {
      return Response.json({ error: "The relay is stopping: send it again in a moment" }, {
        status: 503,
        headers: { "retry-after": "5", connection: "close" },
      });
    }
    if (!isHost(request.headers.get("host"))) {
      return Response.json({ error: "The header Host is no host: send the name or address of the relay" }, {
        status: 400,
        headers: { connection: "close" },
      });
    }
    underWay++;
    try {
      return await handler(request, new Peer(info));
    } finally {
      if (--underWay === 0 && stopping) idle.resolve();
    }
  });

  return {
    async stop({ grace }): Promise<void> {
      stopping = true;
      if (underWay > 0) await withTimeout(idle.promise, grace, () => {});
      // Only one of the two: an abort after `shutdown()` throws.
      if (underWay > 0) cutOff.abort();
      else await withTimeout(server.shutdown(), SLOW_READER, () => {});
    },
  };
}

/**
 * Whether a header is a name or an address, perhaps with a port. The runtime puts it before the path unchecked: with
 * a slash in it, the relay would read another path than the one that a proxy allowed.
 */
function isHost(host: string | null): boolean {
  return host === null || !/[/?#@\\\s]/.test(host);
}

/** The other end of a request's connection, which is determined only on demand. */
class Peer implements Connection {
  readonly #info: Deno.ServeHandlerInfo<Deno.NetAddr>;

  constructor(info: Deno.ServeHandlerInfo<Deno.NetAddr>) {
    this.#info = info;
  }

  get remote(): string | undefined {
    const { remoteAddr } = this.#info;
    return "hostname" in remoteAddr ? remoteAddr.hostname : undefined;
  }
}

/** The time for a slow client to finish reading its answer. */
const SLOW_READER = 500;
