import type { Context } from "hono";

/** Who makes a change, for the audit. */
export function whoIs(_c: Context): string {
  return "admin";
}
