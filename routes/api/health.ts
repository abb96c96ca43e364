import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { VERSION } from "../../relay/base/version.ts";
import { described } from "../http/described.ts";
import { identify } from "../http/identity.ts";

/**
 * `GET /healthz`: the process is alive, and its version. `GET /readyz`: whether it can do its work, and, for callers that may read, which
 * part cannot. Errors of a database or a plugin may be confidential, so no other caller sees them.
 */
export function healthRoutes(relay: Relay): Hono {
  const app = new Hono();
  const alive = {
    summary: "The process is alive",
    security: "none",
    answer: () => z.object({ alive: z.literal(true), version: z.string() }),
  } as const;
  app.get("/healthz", described(alive, (c: Context) => c.json({ alive: true, version: VERSION })));

  // Alertmanager's addresses, for the probes of its environment.
  app.get(
    "/-/healthy",
    described({
      summary: "The process is alive, for what probes an Alertmanager",
      security: "none",
      type: "text/plain",
    }, (c: Context) => c.text("OK")),
  );
  app.get(
    "/-/ready",
    described({
      summary: "Whether the relay can do its work, for what probes an Alertmanager",
      security: "none",
      type: "text/plain",
      refusals: { 503: "It cannot" },
    }, async (c: Context) => {
      const isReady = Object.keys(await relay.query.unready()).length === 0;
      return c.text(isReady ? "OK" : "Service Unavailable", isReady ? 200 : 503);
    }),
  );

  const state = {
    summary: "Whether the relay can do its work, and what is broken",
    security: "none",
    answer: () =>
      z.object({
        ready: z.boolean(),
        unready: z.record(z.string(), z.unknown()).optional(),
        warnings: z.array(z.string()).optional(),
      }),
    details: "With credentials that may read: also `unready`, the parts that do not work, and `warnings`.",
    refusals: { 503: "It cannot" },
  } as const;
  app.get(
    "/readyz",
    described(state, async (c: Context) => {
      const unready = await relay.query.unready();
      const ready = Object.keys(unready).length === 0;
      if (!await mayRead(c, relay)) return c.json({ ready }, ready ? 200 : 503);
      const warnings = [...relay.query.warnings(), ...await (await relay.query.overview()).refusals()];
      return c.json({ ready, unready, warnings }, ready ? 200 : 503);
    }),
  );
  return app;
}

/** Every role may read. While the database does not work, no caller can be authenticated, and none sees the details. */
async function mayRead(c: Context, relay: Relay): Promise<boolean> {
  return await identify(c, relay).then((who) => who !== undefined, () => false);
}
