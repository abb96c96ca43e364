import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../relay/relay.ts";
import { described } from "./described.ts";

/** `GET /healthz`: the process lives. `GET /readyz`: it can do its work, or which part of it cannot. */
export function healthRoutes(relay: Relay): Hono {
  const app = new Hono();
  const alive = {
    summary: "The process lives",
    security: "none",
    answer: () => z.object({ alive: z.literal(true) }),
  } as const;
  app.get("/healthz", described(alive, (c: Context) => c.json({ alive: true })));

  const state = {
    summary: "Whether the relay can do its work, and what is broken",
    security: "none",
    answer: () =>
      z.object({
        ready: z.boolean(),
        unready: z.record(z.string(), z.unknown()),
        warnings: z.array(z.string()),
      }),
    refusals: { 503: "It cannot: `unready` says what" },
  } as const;
  app.get(
    "/readyz",
    described(state, async (c: Context) => {
      const unready = await relay.unready();
      const ready = Object.keys(unready).length === 0;
      const warnings = relay.warnings();
      return c.json({ ready, unready, warnings }, ready ? 200 : 503);
    }),
  );
  return app;
}
