import { Hono } from "hono";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../errors.ts";
import { readPage } from "./input.ts";

/** `GET /api/incidents?state=open|closed`: what alerts folded to, with their counts. */
export function incidentRoutes({ store }: Relay): Hono {
  const app = new Hono();

  app.get("/api/incidents", async (c) => {
    const { limit, before } = readPage(c);
    const state = c.req.query("state") ?? "open";
    if (state !== "open" && state !== "closed") {
      throw new RequestError(422, 'state: "open" or "closed" is needed');
    }
    return c.json({ incidents: await store.journal.incidents(state, limit, before) });
  });
  return app;
}
