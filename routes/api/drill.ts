import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { whoIs } from "./who.ts";

/** `GET /api/drill`: the plan and the last fire drill · `POST /api/drill`: starts one now. */
export function drillRoutes({ commands, query }: Relay): Hono {
  const app = new Hono();

  const look = endpoint({
    summary: "The fire drill: when the next one is, and how the last one went",
    answer: ({ drill }) => drill,
  });
  app.get("/api/drill", look, async (c) => c.json(await query.drill()));

  const start = endpoint({
    summary: "Start a fire drill through every destination now",
    details:
      "Its result is in `GET /api/drill` once every destination has confirmed it, or once `drill.within` (default 15m) has passed.",
    answer: () => z.object({ started: z.literal(true) }),
    refusals: { 409: "One is under way" },
  });
  app.post("/api/drill", start, async (c) => {
    if (!await commands.startDrill(whoIs(c))) {
      throw new RequestError(409, "A fire drill is under way: wait for its result in GET /api/drill");
    }
    return c.json({ started: true });
  });
  return app;
}
