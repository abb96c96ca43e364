import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/**
 * `GET /api/overview`: what burns, what came in the last 24 hours, who can be told, what waits, and whether the ledger
 * adds up · `GET /api/lanes`: how each lane and each destination fares.
 */
export function overviewRoutes({ query: { overview } }: Relay): Hono {
  const app = new Hono();

  const look = endpoint({
    summary: "What burns, what came in the last 24 hours, who can be told, what waits, and the ledger's sum",
    details: "`ledger` is missing while it is being counted for the first time.",
    answer: ({ glance }) => glance,
  });
  app.get("/api/overview", look, async (c) => c.json(await (await overview()).look()));

  const lanes = endpoint({
    summary: "How each lane and each destination fares",
    answer: ({ lanes }) => lanes,
  });
  app.get("/api/lanes", lanes, async (c) => c.json(await (await overview()).lanes()));
  return app;
}
