import type { Context } from "hono";
import { isIn, type Network, parseAddress, placeOf } from "../relay/access/network.ts";

/** What the server knows of a request beside the request itself. */
export interface Connection {
  /** The address at the other end of the connection. */
  readonly remote?: string | undefined;
}

/** More proxies than this do not stand in a row; what a header says beyond them is not read. */
const MOST_HOPS = 20;

/**
 * Where a request comes from, as one place. Anybody can send `X-Forwarded-For`, so it is believed of the proxies that are
 * configured and of nobody else: each names the one before it at its end, and the last one who is no proxy is the sender.
 */
export function addressOf(c: Context, proxies: readonly Network[]): string {
  const { remote } = (c.env ?? {}) as Connection;
  let address = remote === undefined ? undefined : parseAddress(remote);
  if (address === undefined) return "unknown";
  if (proxies.length === 0 || !isIn(proxies, address)) return placeOf(address);
  const named = c.req.header("x-forwarded-for")?.slice(-1_000).split(",").slice(-MOST_HOPS) ?? [];
  for (const text of named.reverse()) {
    const next = parseAddress(text);
    if (next === undefined) break; // "unknown", or nonsense: the one who wrote it is the last who is known
    address = next;
    if (!isIn(proxies, address)) break;
  }
  return placeOf(address);
}

/** Whether the browser speaks HTTPS, to us or to a proxy before us. */
export function isSecure(c: Context, publicUrl: string | undefined): boolean {
  const url = new URL(c.req.url);
  if (url.protocol === "https:" || c.req.header("x-forwarded-proto")?.split(",")[0]?.trim() === "https") {
    return true;
  }
  const own = publicUrl === undefined ? undefined : new URL(publicUrl);
  return own?.protocol === "https:" && own.host === (c.req.header("host") ?? url.host);
}
