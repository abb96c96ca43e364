import { type Context, Hono, type Next } from "hono";
import type { Role } from "../../relay/domain/role.ts";
import type { Relay } from "../../relay/relay.ts";
import { authorise } from "../http/identity.ts";

/** Addresses that only an admin may use: they show or use stored secrets. */
const ADMINS = /^\/api\/(accounts|identities|tokens|config|audit|destinations)(\/|$)/;

/** POST requests that change nothing. */
const QUESTIONS = /^\/api\/(rules|links)\/test$/;

/** The role that a request needs: viewer to read, operator to act, admin for the relay itself. */
export function roleFor(method: string, path: string): Role {
  if (ADMINS.test(path)) return "admin";
  if (QUESTIONS.test(path)) return "viewer";
  return method === "GET" || method === "HEAD" ? "viewer" : "operator";
}

/** Guards every address under `/api`. Mount it first. */
export function apiGuard(relay: Relay): Hono {
  const app = new Hono();
  app.use("/api/*", async (c: Context, next: Next) => {
    c.set("who", await authorise(c, { relay, role: roleFor(c.req.method, c.req.path) }));
    c.header("cache-control", "no-store");
    await next();
  });
  return app;
}
