import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../errors.ts";
import { readPage } from "./input.ts";

/** `GET /api/alerts`: the log, the newest first · `GET /api/alerts/:id`: one, with what became of its deliveries. */
export function alertRoutes({ store }: Relay): Hono {
  const app = new Hono();

  app.get("/api/alerts", async (c) => {
    const { limit, before } = readPage(c);
    return c.json({ alerts: await store.journal.newest(limit, before) });
  });
  app.get("/api/alerts/:id", async (c) => {
    const alert = await store.journal.alert(c.req.param("id"));
    if (!alert) throw new RequestError(404, "There is no alert of this id, or it is no longer kept");
    return c.json({ alert, deliveries: await store.outbox.deliveries(alert.id) });
  });
  return app;
}
