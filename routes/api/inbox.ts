import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";
import { page } from "./input.ts";

/** `GET /api/inbox`: the messages in the inbox, the newest first. */
export function inboxRoutes({ query }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "The messages in the inbox, the newest first",
    query: page.omit({ before: true }),
    answer: ({ inboxMessage }) => z.object({ messages: z.array(inboxMessage) }),
  });
  app.get(
    "/api/inbox",
    list,
    async (c) => c.json({ messages: await query.inbox(c.req.valid("query").limit) }),
  );
  return app;
}
