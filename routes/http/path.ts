import { getPath } from "hono/utils/url";

/**
 * The path that routes match, without trailing or doubled slashes. Senders produce those when they join addresses,
 * and do not retry after a 404.
 */
export function routePath(request: Request): string {
  const path = getPath(request);
  if (!path.includes("//") && (!path.endsWith("/") || path === "/")) return path;
  return path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
}

/** Decode a part of a path; a part with invalid escapes is returned unchanged. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
