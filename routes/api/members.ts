import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/** `GET /api/members/failing`: members whom a channel could not reach at its last attempt. */
export function memberRoutes({ query }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Members whom a channel could not reach when it last tried",
    details: "They may have left. A member is listed until a message reaches them.",
    answer: ({ failing }) => z.object({ failing: z.array(failing) }),
  });
  app.get("/api/members/failing", list, async (c) => c.json({ failing: await query.failingMembers() }));
  return app;
}
