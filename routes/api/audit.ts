import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { readPage } from "./input.ts";

/** `GET /api/audit?what=groups`: who changed what, the newest first, with before and after; secrets are marks. */
export function auditRoutes({ store }: Relay): Hono {
  const app = new Hono();

  app.get("/api/audit", async (c) => {
    const { limit, before } = readPage(c);
    return c.json(await store.audit.list({ limit, before, what: c.req.query("what") }));
  });
  return app;
}
