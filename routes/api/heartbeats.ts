import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/** `GET /api/heartbeats`: the configured heartbeats, with the time of each one's last signal. */
export function heartbeatListRoutes({ query }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "The heartbeats, lost ones first: when each was last heard, and when it counts as lost",
    details: "Also the monitors that this instance calls itself.",
    answer: ({ heartbeat, outgoing }) => z.object({ heartbeats: z.array(heartbeat), outgoing }),
  });
  app.get(
    "/api/heartbeats",
    list,
    async (c) => c.json({ heartbeats: await query.heartbeats(), outgoing: query.outgoing }),
  );
  return app;
}
