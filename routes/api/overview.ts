import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";

/**
 * `GET /api/overview`: what burns, what came in the last 24 hours, who can be told, what waits, and whether the ledger
 * adds up · `GET /api/lanes`: how each lane and each destination fares.
 */
export function overviewRoutes({ overview }: Relay): Hono {
  const app = new Hono();
  app.get("/api/overview", async (c) => c.json(await overview.look()));
  app.get("/api/lanes", async (c) => c.json(await overview.lanes()));
  return app;
}
