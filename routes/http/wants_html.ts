import type { Context } from "hono";

/**
 * Whether a page is asked for: a browser names `text/html` first, and htmx says who it is. A program that names nothing,
 * or takes anything, gets JSON.
 */
export function wantsHtml(c: Context): boolean {
  if (c.req.header("hx-request")) return true;
  const accept = c.req.header("accept") ?? "";
  const html = accept.indexOf("text/html");
  const json = accept.indexOf("application/json");
  return html >= 0 && (json < 0 || html < json);
}
