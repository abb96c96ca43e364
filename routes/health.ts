import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../relay/relay.ts";
import { described } from "./described.ts";
import { identify } from "./identity.ts";

/**
 * `GET /healthz`: the process lives. `GET /readyz`: whether it can do its work, for a load balancer; and for somebody who may
 * read, which part of it cannot: what a database or a broken plugin says is nobody else's.
 */
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
        unready: z.record(z.string(), z.unknown()).optional(),
        warnings: z.array(z.string()).optional(),
      }),
    details: "With credentials that may read: also `unready`, which part cannot, and `warnings`.",
    refusals: { 503: "It cannot" },
  } as const;
  app.get(
    "/readyz",
    described(state, async (c: Context) => {
      const unready = await relay.unready();
      const ready = Object.keys(unready).length === 0;
      if (!await mayRead(c, relay)) return c.json({ ready }, ready ? 200 : 503);
      const warnings = [...relay.warnings(), ...await (await relay.overview()).refusals()];
      return c.json({ ready, unready, warnings }, ready ? 200 : 503);
    }),
  );
  return app;
}

/** Every role may. Whoever cannot be looked up, because the database is what does not work, is told no more than others. */
async function mayRead(c: Context, relay: Relay): Promise<boolean> {
  return await identify(c, relay).then((who) => who !== undefined, () => false);
}
