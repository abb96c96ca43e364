import type { Context } from "hono";
import type { Identity } from "../../relay/access/access.ts";

/** Who asks, for the audit: the guard before `/api` has found out. */
export function whoIs(c: Context): string {
  return (c.get("who") as Identity).name;
}
