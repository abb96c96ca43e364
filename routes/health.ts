import { Hono } from "hono";
import { problemText, SEALED } from "../relay/config/mod.ts";
import type { Relay } from "../relay/relay.ts";

/** `GET /healthz`: the process lives. `GET /readyz`: it can do its work, or which part of it cannot. */
export function healthRoutes(relay: Relay): Hono {
  const app = new Hono();
  app.get("/healthz", (c) => c.json({ alive: true }));
  app.get("/readyz", async (c) => {
    const unready = await relay.unready();
    const ready = Object.keys(unready).length === 0;
    // What is broken but keeps nobody from being told by other ways is worth knowing, and no reason to be taken out.
    const warnings = [
      ...relay.channels.broken.values(),
      ...relay.templates.problems,
      ...relay.configuration.isSealed ? [SEALED] : [],
      ...relay.configuration.problems.map(problemText),
    ];
    return c.json({ ready, unready, warnings }, ready ? 200 : 503);
  });
  return app;
}
