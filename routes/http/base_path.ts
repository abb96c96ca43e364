import type { Handler } from "./remote_address.ts";

/** The path of the public address: `/fenghuo` for `https://ops.example.com/fenghuo`; empty without one. */
export function basePathOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/+$/, "");
}

/**
 * Removes the public address's path from each request. Some proxies pass that path on, others strip it: both work.
 */
export function withoutBasePath(handler: Handler, publicUrl: string | undefined): Handler {
  const base = basePathOf(publicUrl);
  if (base === "") return handler;
  return (request, connection) => {
    const url = strip(request.url, base);
    if (url === request.url) return handler(request, connection);
    const inner = new Request(url, request);
    const referer = request.headers.get("referer");
    if (referer !== null) inner.headers.set("referer", strip(referer, base));
    return handler(inner, connection);
  };
}

function strip(address: string, base: string): string {
  const url = URL.parse(address);
  if (url === null || (url.pathname !== base && !url.pathname.startsWith(`${base}/`))) return address;
  url.pathname = url.pathname.slice(base.length);
  return url.href;
}

/** The attributes of a page that hold an address. */
const ADDRESSES = /(\s(?:href|src|action|formaction|hx-get|hx-post)=")(?=\/(?!\/))/g;

/** Puts the public address's path before every address of a console page that begins with a slash. */
export function withBasePath(html: string, publicUrl: string | undefined): string {
  const base = basePathOf(publicUrl);
  return base === "" ? html : html.replace(ADDRESSES, (attribute) => attribute + base);
}
