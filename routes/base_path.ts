import type { Connection } from "./remote_address.ts";

type Handler = (request: Request, connection: Connection) => Response | Promise<Response>;

/** What of the public address stands before every path: `/fenghuo` of `https://ops.example.com/fenghuo`, or nothing. */
export function basePathOf(publicUrl: string | undefined): string {
  return publicUrl === undefined ? "" : new URL(publicUrl).pathname.replace(/\/+$/, "");
}

/**
 * A handler that knows nothing of the path under which the relay is published. Some proxies pass it on and some take it
 * off: both find their way.
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

/** A page of the console as it is published: its addresses, which begin with a slash, stand under the public one's path. */
export function withBasePath(html: string, publicUrl: string | undefined): string {
  const base = basePathOf(publicUrl);
  return base === "" ? html : html.replace(ADDRESSES, (attribute) => attribute + base);
}
