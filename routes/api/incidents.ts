import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Note } from "../../relay/acknowledge.ts";
import type { Relay } from "../../relay/relay.ts";
import type { Incident } from "../../relay/window.ts";
import { RequestError } from "../errors.ts";
import { endpoint } from "./endpoint.ts";
import { page } from "./input.ts";
import { whoIs } from "./who.ts";

const query = page.extend({ state: z.enum(["open", "closed"]).default("open") });

const note = z.object({
  by: z.string().trim().max(100).optional().meta({
    description: "Who takes care of it; who asks, unless it says otherwise",
    examples: ["li.lei"],
  }),
  memo: z.string().trim().max(500).optional().meta({ examples: ["A bigger disk is on its way"] }),
});

const refusals = { 404: "There is no such incident, or it is no longer kept" };

/**
 * `GET /api/incidents?state=open|closed`: what alerts folded to, with their counts · `GET /api/incidents/:id` ·
 * `POST /api/incidents/:id/ack`: somebody takes care of it · `DELETE /api/incidents/:id/ack`: nobody does.
 */
export function incidentRoutes(relay: Relay): Hono {
  const { store: { journal }, clock } = relay;
  const app = new Hono();

  const list = endpoint({
    summary: "What alerts folded to, with their counts: the open ones, or those that are over",
    query,
    answer: ({ incident }) => z.object({ incidents: z.array(incident) }),
  });
  app.get("/api/incidents", list, async (c) => {
    const { limit, before, state } = c.req.valid("query");
    return c.json({ incidents: await journal.incidents(state, limit, before) });
  });

  const one = endpoint({
    summary: "One incident",
    answer: ({ incident }) => z.object({ incident }),
    refusals,
  });
  app.get(
    "/api/incidents/:id",
    one,
    async (c) => c.json({ incident: found(await journal.incident(c.req.param("id"))) }),
  );

  const known = endpoint({
    summary: "Somebody takes care of it: acknowledge it",
    details: "Nobody is told of it again until it grows worse or is over.",
    body: note,
    answer: ({ incident }) => z.object({ incident }),
    refusals,
  });
  app.post("/api/incidents/:id/ack", known, async (c) => {
    const { by = whoIs(c), memo } = c.req.valid("json");
    return await acknowledge(c, { known: true, by, memo, now: clock.now() });
  });

  const unknown = endpoint({
    summary: "Nobody takes care of it any more",
    answer: ({ incident }) => z.object({ incident }),
    refusals,
  });
  app.delete("/api/incidents/:id/ack", unknown, (c) => acknowledge(c, { known: false, now: clock.now() }));
  return app;

  async function acknowledge(c: Context, note: Note): Promise<Response> {
    return c.json({ incident: found(await relay.acknowledge(c.req.param("id")!, note)) });
  }
}

function found(incident: Incident | undefined): Incident {
  if (incident) return incident;
  throw new RequestError(404, "There is no incident of this id, or it is no longer kept");
}
