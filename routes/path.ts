import { getPath } from "hono/utils/url";

/**
 * The path by which a request finds its route: slashes at the end and doubled ones do not count. A sender that joins its
 * address to a path writes them by mistake, and would never send an alert again that was answered 404.
 */
export function routePath(request: Request): string {
  const path = getPath(request);
  if (!path.includes("//") && (!path.endsWith("/") || path === "/")) return path;
  return path.replace(/\/{2,}/g, "/").replace(/(.)\/$/, "$1");
}
