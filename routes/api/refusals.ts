import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Identity } from "../../relay/access/access.ts";
import { allows } from "../../relay/domain/role.ts";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/** `GET /api/refusals`: the requests that the doors have refused. */
export function refusalRoutes({ query: { refusals, clock } }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Requests with alerts that were refused, the newest first",
    details:
      "One line for each door, sender, address, group and status, since the start, and those of the last day " +
      "(`retention.refused`). Only admins get `payloads`.",
    answer: ({ refusalCount }) => z.object({ refusals: z.array(refusalCount) }),
  });
  app.get("/api/refusals", list, async (c: Context) => {
    const all = await refusals.all(clock.now());
    const mayRead = allows((c.get("who") as Identity).role, "admin");
    return c.json({ refusals: mayRead ? all : all.map(({ payloads: _, ...count }) => count) });
  });
  return app;
}
