/**
 * The network between a relay and its vendors: a private authority, a server that requires a client certificate, and proxies.
 *
 * @module
 */
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from "node:net";
import type { TLSSocket } from "node:tls";
import { generate } from "selfsigned";

/** A certificate with its key, in PEM. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** An authority of our own. */
export interface Authority {
  /** Its certificate. */
  readonly ca: string;
  readonly server: Certified;
  readonly client: Certified;
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>["extensions"]>;

/** Makes an authority, with a certificate of a server on loopback and one of a client named `relay`. */
export async function makeAuthority(): Promise<Authority> {
  const make = async (name: string, extensions: Extensions, ca?: Certified): Promise<Certified> => {
    const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      extensions,
      ...ca ? { ca } : {},
    });
    return { cert, key };
  };
  const ca = await make("Test authority", [
    { name: "basicConstraints", cA: true },
    { name: "keyUsage", keyCertSign: true },
  ]);
  const names = [{ type: 2 as const, value: "localhost" }, { type: 7 as const, ip: "127.0.0.1" }];
  const server = await make("localhost", [{ name: "subjectAltName", altNames: names }], ca);
  const client = await make("relay", [{ name: "extKeyUsage", clientAuth: true }], ca);
  return { ca: ca.cert, server, client };
}

/** A receiver over HTTPS that accepts only clients of its authority. */
export interface MutualReceiver extends AsyncDisposable {
  readonly url: string;
  /** The name in the client certificate of each connection. */
  readonly connections: readonly string[];
  /** The number of requests. */
  readonly requests: () => number;
}

/** Starts a receiver that requires a client certificate. */
export async function startMutualReceiver({ ca, server: own }: Authority): Promise<MutualReceiver> {
  const connections: string[] = [];
  let requests = 0;
  const server = createHttpsServer(
    { ...own, ca, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      requests++;
      request.resume().on("end", () => response.end("ok"));
    },
  );
  server.on("secureConnection", (socket: TLSSocket) => {
    connections.push(String(socket.getPeerCertificate().subject?.CN));
  });
  const port = await listen(server);
  return {
    url: `https://localhost:${port}/`,
    connections,
    requests: () => requests,
    [Symbol.asyncDispose]: () => close(server, sockets(server)),
  };
}

/** A running proxy. */
export interface TestProxy extends AsyncDisposable {
  /** Without user and password. */
  readonly host: string;
  /** The target of each tunnel, with the login that the client sent: `localhost:443 user:password`. */
  readonly tunnels: readonly string[];
}

/** Starts an HTTP proxy that opens tunnels, and accepts only one login. */
export async function startProxy(login?: string): Promise<TestProxy> {
  const tunnels: string[] = [];
  const server = createHttpServer();
  const open = sockets(server);
  server.on("connect", (request, client: Socket, head: Uint8Array) => {
    const [, basic = ""] = /^Basic (.*)$/.exec(request.headers["proxy-authorization"] ?? "") ?? [];
    tunnels.push([request.url, atob(basic)].filter(Boolean).join(" "));
    if (login !== undefined && atob(basic) !== login) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const [host, port] = request.url!.split(":");
    const upstream = connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      if (head.length > 0) upstream.write(head);
      join(client, upstream);
    });
    open.add(upstream);
  });
  const port = await listen(server);
  return { host: `127.0.0.1:${port}`, tunnels, [Symbol.asyncDispose]: () => close(server, open) };
}

/** Starts a SOCKS5 proxy without a login: RFC 1928, as far as one CONNECT needs it. */
export async function startSocks(): Promise<TestProxy> {
  const tunnels: string[] = [];
  const server = createTcpServer();
  const open = sockets(server);
  server.on("connection", (client: Socket) => {
    client.once("data", () => {
      client.write(new Uint8Array([5, 0])); // no login
      client.once("data", (asked: Uint8Array) => {
        const [, , , kind, length = 0] = asked;
        const isName = kind === 3;
        const host = isName
          ? new TextDecoder().decode(asked.subarray(5, 5 + length))
          : asked.subarray(4, 8).join(".");
        const at = isName ? 5 + length : 8;
        const port = asked[at]! * 256 + asked[at + 1]!;
        tunnels.push(`${host}:${port}`);
        const upstream = connect(port, host, () => {
          client.write(new Uint8Array([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
          join(client, upstream);
        });
        open.add(upstream);
      });
    });
  });
  const port = await listen(server);
  return { host: `127.0.0.1:${port}`, tunnels, [Symbol.asyncDispose]: () => close(server, open) };
}

function join(one: Socket, other: Socket): void {
  one.pipe(other);
  other.pipe(one);
  for (const [end, opposite] of [[one, other], [other, one]] as const) {
    end.on("error", () => opposite.destroy());
    end.on("close", () => opposite.destroy());
  }
}

function sockets(server: Server): Set<Socket> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  });
  return open;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

async function close(server: Server, open: Iterable<Socket>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  for (const socket of open) socket.destroy();
  await closed;
}
