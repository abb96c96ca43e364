import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/**
 * `GET /api/overview`: active incidents, the last 24 hours, the health of destinations, the delivery queue, and
 * whether the ledger is balanced · `GET /api/lanes`: the state of each lane and each destination.
 */
export function overviewRoutes({ query: { overview } }: Relay): Hono {
  const app = new Hono();

  const look = endpoint({
    summary:
      "Active incidents, the last 24 hours, the health of destinations, the delivery queue, and the ledger's sum",
    details: "`ledger` is missing while it is being counted for the first time.",
    answer: ({ glance }) => glance,
  });
  app.get("/api/overview", look, async (c) => c.json(await (await overview()).look()));

  const lanes = endpoint({
    summary: "The state of each lane and each destination",
    answer: ({ lanes }) => lanes,
  });
  app.get("/api/lanes", lanes, async (c) => c.json(await (await overview()).lanes()));
  return app;
}
