import { Hono } from "hono";
import type { Relay } from "../relay/relay.ts";

/** `GET /healthz`: the process lives. `GET /readyz`: it can do its work, or which part of it cannot. */
export function healthRoutes(relay: Relay): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.json({ alive: true }));
  app.get("/readyz", async (c) => {
    const unready = await relay.unready();
    const ready = Object.keys(unready).length === 0;
    const warnings = relay.warnings();
    return c.json({ ready, unready, warnings }, ready ? 200 : 503);
  });
  return app;
}
