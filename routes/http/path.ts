import { getPath } from "hono/utils/url";

/**
 * The path that routes match, without trailing or doubled slashes. Senders write those by mistake when they join addresses,
 * and do not retry after a 404.
 */
export function routePath(request: Request): string {
  const path = getPath(request);
  if (!path.includes("//") && (!path.endsWith("/") || path === "/")) return path;
  return path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
}

/** A part of a path without its escapes; one that is escaped wrongly is taken as it is. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
