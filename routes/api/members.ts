import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";

/** `GET /api/members/failing`: members whom a channel could not reach when it last tried. */
export function memberRoutes({ store }: Relay): Hono {
  const app = new Hono();

  app.get("/api/members/failing", async (c) => c.json({ failing: await store.recipients.list() }));
  return app;
}
