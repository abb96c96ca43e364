import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/** `GET /api/refusals`: the requests that the doors have refused since this instance started. */
export function refusalRoutes({ query: { refusals } }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Requests with alerts that were refused since the start, the newest first",
    details: "One line for each door, sender, address, group and status.",
    answer: ({ refusalCount }) => z.object({ refusals: z.array(refusalCount) }),
  });
  app.get("/api/refusals", list, (c) => c.json({ refusals: refusals.list() }));
  return app;
}
