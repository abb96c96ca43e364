import type { Context } from "hono";

/**
 * Whether the caller wants a page: a browser names `text/html` first, and htmx sends its own header. A program that
 * names no type, or accepts any, gets JSON.
 */
export function wantsHtml(c: Context): boolean {
  if (c.req.header("hx-request")) return true;
  const accept = c.req.header("accept") ?? "";
  const html = accept.indexOf("text/html");
  const json = accept.indexOf("application/json");
  return html >= 0 && (json < 0 || html < json);
}
