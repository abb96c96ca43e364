import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Note } from "../../relay/acknowledge.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Incident } from "../../relay/window.ts";
import { RequestError } from "../errors.ts";
import { readInput, readPage } from "./input.ts";
import { whoIs } from "./who.ts";

const note = z.object({
  by: z.string().trim().max(100).optional(),
  memo: z.string().trim().max(500).optional(),
});

/**
 * `GET /api/incidents?state=open|closed`: what alerts folded to, with their counts · `GET /api/incidents/:id` ·
 * `POST /api/incidents/:id/ack`: somebody takes care of it · `DELETE /api/incidents/:id/ack`: nobody does.
 */
export function incidentRoutes(relay: Relay): Hono {
  const { store: { journal }, clock } = relay;
  const app = new Hono();

  app.get("/api/incidents", async (c) => {
    const { limit, before } = readPage(c);
    const state = c.req.query("state") ?? "open";
    if (state !== "open" && state !== "closed") {
      throw new RequestError(422, 'state: "open" or "closed" is needed');
    }
    return c.json({ incidents: await journal.incidents(state, limit, before) });
  });
  app.get(
    "/api/incidents/:id",
    async (c) => c.json({ incident: found(await journal.incident(c.req.param("id"))) }),
  );
  app.post("/api/incidents/:id/ack", async (c) => {
    const { by = whoIs(c), memo } = await readInput(c, note);
    return await acknowledge(c, { known: true, by, memo, now: clock.now() });
  });
  app.delete("/api/incidents/:id/ack", (c) => acknowledge(c, { known: false, now: clock.now() }));
  return app;

  async function acknowledge(c: Context, note: Note): Promise<Response> {
    return c.json({ incident: found(await relay.acknowledge(c.req.param("id")!, note)) });
  }
}

function found(incident: Incident | undefined): Incident {
  if (incident) return incident;
  throw new RequestError(404, "There is no incident of this id, or it is no longer kept");
}
