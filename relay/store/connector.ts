import type { Connection, Connector } from "./guarded_link.ts";
import type { Kv } from "./kv.ts";
import { WorkerKv } from "./worker_kv.ts";

/** Connects to a KV Connect server with a client in an isolate of its own, which ends with its connection. */
export function connectByWorker(url: string): Connector {
  return {
    cancels: true,
    connect(lost): Connection {
      const kv = new WorkerKv({ lost });
      return { opened: kv.open(url).then(() => kv), end: () => kv.end() };
    },
  };
}

/**
 * Connects with a client in this isolate, for the database of a platform that may have no others. Deno's client
 * cannot cancel: requests on an abandoned connection continue on their own.
 */
export function connectHere(open: () => Promise<Kv & { close(): void }>): Connector {
  return {
    cancels: false,
    connect(): Connection {
      const opened = open();
      return {
        opened,
        end: () => void opened.then((kv) => kv.close(), () => {}), // it was refused
      };
    },
  };
}
