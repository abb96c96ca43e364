import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { endpoint } from "./endpoint.ts";

/** `GET /api/targets`: those that addresses of PrometheusAlert named. */
export function targetRoutes({ adhoc }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Targets that addresses named, as with /prometheusalert?ddurl=…; the last used first",
    details: "Without their secrets. At most 1,000 are kept, 500 of one sender: the least used makes room.",
    answer: ({ target }) => z.object({ targets: z.array(target) }),
  });
  app.get("/api/targets", list, (c) => c.json({ targets: adhoc.all() }));
  return app;
}
