import type { Context } from "hono";
import { clientOf, isIn, type Network, parseAddress } from "../../relay/access/network.ts";

/** The server's information about a request, in addition to the request itself. */
export interface Connection {
  /** The address at the other end of the connection. */
  readonly remote?: string | undefined;
}

/** Answers a request. */
export type Handler = (request: Request, connection: Connection) => Response | Promise<Response>;

/** The most proxies in a row; further addresses in a header are not read. */
const MAX_HOPS = 20;

/**
 * The origin of a request: an address, or the network of an IPv6 customer. Any client can send `X-Forwarded-For`, so
 * only the configured proxies are trusted. Each appends the address that it saw; the last address that is not a
 * proxy's is the client.
 */
export function addressOf(c: Context, proxies: readonly Network[]): string {
  const { remote } = (c.env ?? {}) as Connection;
  let address = remote === undefined ? undefined : parseAddress(remote);
  if (address === undefined) return "unknown";
  if (!isFromProxy(c, proxies)) return clientOf(address);
  const named = c.req.header("x-forwarded-for")?.slice(-1_000).split(",").slice(-MAX_HOPS) ?? [];
  for (const text of named.reverse()) {
    const next = parseAddress(text);
    if (next === undefined) break; // no address, such as "unknown": the proxy that wrote it is the last one known
    address = next;
    if (!isIn(proxies, address)) break;
  }
  return clientOf(address);
}

/**
 * Whether a configured proxy sent the request: only then are its headers about the client trusted. Any client can
 * send these headers, so without `FENGHUO_PROXIES` none of them has an effect.
 */
export function isFromProxy(c: Context, proxies: readonly Network[]): boolean {
  const { remote } = (c.env ?? {}) as Connection;
  const address = remote === undefined || proxies.length === 0 ? undefined : parseAddress(remote);
  return address !== undefined && isIn(proxies, address);
}

/** A header of the form `X-Forwarded-…` of a configured proxy: its first value. */
export function forwarded(
  c: Context,
  name: "proto" | "host",
  proxies: readonly Network[],
): string | undefined {
  const value = c.req.header(`x-forwarded-${name}`);
  return value !== undefined && isFromProxy(c, proxies) ? value.split(",")[0]!.trim() : undefined;
}

/** Whether the browser uses HTTPS, to the relay or to a proxy in front of it. */
export function isSecure(
  c: Context,
  { publicUrl, proxies }: { publicUrl: string | undefined; proxies: readonly Network[] },
): boolean {
  const url = new URL(c.req.url);
  if (url.protocol === "https:" || forwarded(c, "proto", proxies) === "https") return true;
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  return own?.protocol === "https:" && own.host === (c.req.header("host") ?? url.host);
}
