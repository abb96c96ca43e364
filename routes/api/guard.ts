import { type Context, Hono, type Next } from "hono";
import type { Role } from "../../relay/domain/role.ts";
import type { Relay } from "../../relay/relay.ts";
import { authorise } from "../http/identity.ts";

/** What only an admin may see, or try out with secrets that are stored: addresses that begin so. */
const ADMINS = /^\/api\/(accounts|tokens|config|audit|destinations)(\/|$)/;

/** What is posted and changes nothing. */
const QUESTIONS = /^\/api\/(rules|links)\/test$/;

/** What needs which role: whoever looks is a viewer, whoever acts an operator, unless it is about the relay itself. */
export function roleFor(method: string, path: string): Role {
  if (ADMINS.test(path)) return "admin";
  if (QUESTIONS.test(path)) return "viewer";
  return method === "GET" || method === "HEAD" ? "viewer" : "operator";
}

/** Stands before everything under `/api`, so that nothing there is forgotten. Mount it first. */
export function apiGuard(relay: Relay): Hono {
  const app = new Hono();
  app.use("/api/*", async (c: Context, next: Next) => {
    c.set("who", await authorise(c, { relay, role: roleFor(c.req.method, c.req.path) }));
    c.header("cache-control", "no-store");
    await next();
  });
  return app;
}
