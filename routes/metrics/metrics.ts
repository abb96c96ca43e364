import { type Context, Hono } from "hono";
import { z } from "zod";
import { sameSecret } from "../../relay/base/same_secret.ts";
import type { Relay } from "../../relay/relay.ts";
import { credentialsIn } from "../http/auth.ts";
import { described } from "../http/described.ts";
import { authorise } from "../http/identity.ts";

/** `GET /metrics`: the figures of this instance, for Prometheus. */
export function metricsRoutes(relay: Relay): Hono {
  const app = new Hono();
  const metrics = {
    summary: "The figures of this instance in Prometheus' text format",
    security: "metrics",
    type: "text/plain",
    answer: () => z.string(),
    details:
      "With `FENGHUO_METRICS_TOKEN` as Bearer or as the password of Basic, or with credentials that may read. " +
      "`FENGHUO_OPEN_METRICS=1` turns the check off.",
  } as const;
  app.get(
    "/metrics",
    described(metrics, async (c: Context) => {
      if (!mayScrape(c, relay)) await authorise(c, { relay, role: "viewer" });
      const { CONTENT_TYPE, exposition } = await import("./exposition.ts");
      c.header("content-type", CONTENT_TYPE);
      c.header("cache-control", "no-store");
      return c.body(await exposition(relay.metrics.all()));
    }),
  );
  return app;
}

function mayScrape(c: Context, { query: { config: { metrics } } }: Relay): boolean {
  if (metrics.open) return true;
  const credentials = credentialsIn(c.req.header("authorization") ?? "");
  return metrics.token !== undefined && credentials !== undefined &&
    sameSecret(credentials.password, metrics.token);
}
