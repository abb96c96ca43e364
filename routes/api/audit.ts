import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";
import { page, pointInTime } from "./input.ts";
import { readTime } from "./time.ts";

const query = page.extend({
  what: z.string().optional().meta({
    description: "An item, or a prefix of it: groups includes groups/chenmin/3",
    examples: ["groups"],
  }),
  by: z.string().optional().meta({
    description: "An account, a token, or fenghuo.yaml",
    examples: ["admin"],
  }),
  from: pointInTime,
  to: pointInTime,
});

/**
 * `GET /api/audit?what=groups&by=li.lei&from=24h`: the changes with their authors, the newest first, with before and
 * after; secrets are marks.
 */
export function auditRoutes(relay: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Who changed what, when, before and after",
    details: "The newest first; secrets are marks. With `next` there is more: ask with it as `before`.",
    query,
    answer: ({ auditEntry }) => z.object({ entries: z.array(auditEntry), next: z.string().exactOptional() }),
  });
  app.get("/api/audit", list, async (c) => {
    const { limit, before, what, by, from, to } = c.req.valid("query");
    const here = { now: relay.query.clock.now(), timezone: relay.query.config.timezone };
    const period = { from: readTime("from", from, here), to: readTime("to", to, here) };
    return c.json(await relay.query.audit({ limit, before, what, by, ...period }));
  });
  return app;
}
