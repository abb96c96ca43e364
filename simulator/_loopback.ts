import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The address of a simulator. */
export interface Place {
  /** Default: any free port. */
  readonly port?: number | undefined;
  /** Default: 127.0.0.1. */
  readonly hostname?: string | undefined;
}

/** A request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** A running server. */
export interface Loopback {
  /** Without a slash at the end. */
  readonly url: string;
  /** Refuse connections from now on, and cut the existing ones. */
  refuse(): Promise<void>;
  /** Listen again, at the same address. */
  listen(): Promise<void>;
  /** Stops listening and cuts every connection, answered or not. */
  close(): Promise<void>;
}

/**
 * Serve HTTP on loopback. Uses Node's server, because its handlers can stay silent, answer slowly, or cut the connection,
 * like a failing vendor.
 */
export async function serveLoopback(
  handle: (request: Arrived, response: ServerResponse) => void,
  { port = 0, hostname = "127.0.0.1" }: Place = {},
): Promise<Loopback> {
  const open = async (port: number): Promise<Server> => {
    const server = createServer((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => handle(arrivedOf(incoming, Buffer.concat(chunks)), response));
      incoming.on("error", () => {}); // the client went away before it was done: nothing has arrived
      response.on("error", () => {}); // or before it was answered
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, hostname, resolve);
    });
    return server;
  };
  let server: Server | undefined = await open(port);
  const place = (server.address() as AddressInfo).port;
  const refuse = async (): Promise<void> => {
    const closing = server;
    server = undefined;
    await new Promise<void>((resolve) => {
      if (closing === undefined) return resolve();
      closing.close(() => resolve());
      closing.closeAllConnections();
    });
  };
  return {
    url: `http://${hostname}:${place}`,
    refuse,
    listen: async () => void (server ??= await open(place)),
    close: refuse,
  };
}

/** Send a whole answer. */
export function answerWith(
  response: ServerResponse,
  { status = 200, headers = {}, body = "" }: {
    status?: number;
    headers?: Record<string, string>;
    body?: string;
  },
): void {
  response.writeHead(status, headers).end(body);
}

/** Cut the connection without an answer. */
export function cut(response: ServerResponse): void {
  response.socket?.destroy();
}

/** Lets tests wait for the n-th arrival instead of sleeping. */
export class Arrivals {
  #count = 0;
  #waiting: { count: number; resolve: () => void }[] = [];

  /** One more has arrived. */
  add(): void {
    this.#count++;
    for (const { count, resolve } of this.#waiting) if (count <= this.#count) resolve();
    this.#waiting = this.#waiting.filter(({ count }) => count > this.#count);
  }

  /** Resolve once `count` requests have arrived since the start. */
  reach(count: number): Promise<void> {
    if (count <= this.#count) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ count, resolve }));
  }
}

function arrivedOf({ method = "", url = "/", headers }: IncomingMessage, body: Buffer): Arrived {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
  return {
    method,
    url: new URL(url, "http://loopback"),
    headers: new Headers(pairs),
    body: new Uint8Array(body),
  };
}
