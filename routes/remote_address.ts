import type { Context } from "hono";

/** What the server knows of a request beside the request itself. */
export interface Connection {
  /** The address at the other end of the connection. */
  readonly remote?: string | undefined;
}

/** Loopback, private and link-local networks: where a proxy stands. */
const PRIVATE =
  /^(127\.|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.|169\.254\.|::1$|f[cd]|fe80:|::ffff:(127|10|192\.168)\.)/i;

/**
 * Where a request comes from. What a proxy says is believed only of one in the own network: anybody can send its header.
 * Of several addresses the last is the one that the nearest proxy saw.
 */
export function addressOf(c: Context): string {
  const { remote } = (c.env ?? {}) as Connection;
  if (remote !== undefined && !PRIVATE.test(remote)) return remote;
  const seen = c.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
  return seen || remote || "unknown";
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
