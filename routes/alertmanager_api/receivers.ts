import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { described } from "../http/described.ts";

/** `GET /api/v2/receivers`: a receiver is a group, by its id. */
export function receiverRoutes({ query: { config } }: Relay): Hono {
  const app = new Hono();
  const receivers = {
    summary: "The groups, as Alertmanager's receivers",
    answer: () => z.array(z.object({ name: z.string().meta({ examples: ["ops/dba"] }) })),
  };
  app.get(
    "/api/v2/receivers",
    described(receivers, (c) => c.json([...config.groups.keys()].map((name) => ({ name })))),
  );
  return app;
}
