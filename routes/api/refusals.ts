import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/** `GET /api/refusals`: what the doors refused since this instance started. */
export function refusalRoutes({ refusals }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "What the doors refused since the start, the newest first",
    details:
      "One line for each door, sender, place, group and status. `sender` is missing where none was known.",
    answer: ({ time }) =>
      z.object({
        refusals: z.array(z.object({
          door: z.string(),
          status: z.int(),
          reason: z.string(),
          from: z.string(),
          sender: z.string().exactOptional(),
          group: z.string().exactOptional(),
          count: z.int(),
          firstAt: time,
          lastAt: time,
        })),
      }),
  });
  app.get("/api/refusals", list, (c) => c.json({ refusals: refusals.list() }));
  return app;
}
