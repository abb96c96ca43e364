import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";
import { page } from "./input.ts";

const query = page.extend({
  what: z.string().optional().meta({
    description: "A thing, or what it is a part of: groups has groups/chenmin/3",
    examples: ["groups"],
  }),
});

/** `GET /api/audit?what=groups`: who changed what, the newest first, with before and after; secrets are marks. */
export function auditRoutes({ store }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Who changed what, when, before and after",
    details:
      "The newest first; what was secret is a mark. With `next` there is more: ask with it as `before`.",
    query,
    answer: ({ auditEntry }) => z.object({ entries: z.array(auditEntry), next: z.string().exactOptional() }),
  });
  app.get("/api/audit", list, async (c) => {
    const { limit, before, what } = c.req.valid("query");
    return c.json(await store.audit.list({ limit, before, what }));
  });
  return app;
}
