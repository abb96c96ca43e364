import type { Context } from "hono";
import type { Identity } from "../../relay/access/access.ts";

/** The caller's name, for the audit: the guard before `/api` has identified the caller. */
export function whoIs(c: Context): string {
  return (c.get("who") as Identity).name;
}
