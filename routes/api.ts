import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../relay/relay.ts";
import { requireAdminToken } from "./auth.ts";
import { RequestError } from "./errors.ts";

/** Records in one answer, unless asked for fewer. */
const LIMIT = 100;

const page = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(LIMIT),
  before: z.string().max(100).optional(),
});

/**
 * What the relay knows, as JSON for people's programs. The admin password is the token.
 *
 * `GET /api/alerts`: the log, the newest first · `GET /api/alerts/:id`: one, with what became of its deliveries ·
 * `GET /api/incidents?state=open|closed`: what alerts folded to, with their counts · `GET /api/members/failing`: members
 * whom a channel could not reach when it last tried.
 */
export function apiRoutes(relay: Relay): Hono {
  const { store, config } = relay;
  const app = new Hono();

  app.use("/api/*", async (c, next) => {
    requireAdminToken(c.req.raw, { password: config.adminPassword });
    c.header("cache-control", "no-store");
    await next();
  });
  app.get("/api/alerts", async (c) => {
    const { limit, before } = readPage(c);
    return c.json({ alerts: await store.journal.newest(limit, before) });
  });
  app.get("/api/alerts/:id", async (c) => {
    const alert = await store.journal.alert(c.req.param("id"));
    if (!alert) throw new RequestError(404, "There is no alert of this id, or it is no longer kept");
    return c.json({ alert, deliveries: await store.outbox.deliveries(alert.id) });
  });
  app.get("/api/incidents", async (c) => {
    const { limit, before } = readPage(c);
    const state = c.req.query("state") ?? "open";
    if (state !== "open" && state !== "closed") {
      throw new RequestError(422, 'state: "open" or "closed" is needed');
    }
    return c.json({ incidents: await store.journal.incidents(state, limit, before) });
  });
  app.get("/api/members/failing", async (c) => c.json({ failing: await store.recipients.list() }));
  return app;
}

function readPage(c: Context): z.output<typeof page> {
  const parsed = page.safeParse(c.req.query());
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues as [z.core.$ZodIssue];
  throw new RequestError(422, `${issue.path.join(".")}: ${issue.message}`);
}
