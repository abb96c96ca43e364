import { Hono } from "hono";
import { z } from "zod";
import type { Relay } from "../../relay/relay.ts";
import { why } from "../../relay/query/why.ts";
import { localeOf } from "../console/language.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";

const query = z.looseObject({
  lang: z.string().optional().meta({ description: "The language of the sentences", examples: ["en"] }),
});

/**
 * `GET /api/alerts/:id/why?lang=en`: why each group was notified of an alert, or was not, as records and in sentences. A
 * fingerprint stands for its newest alert.
 */
export function whyRoutes({ query: { alerts, config, groups, clock } }: Relay): Hono {
  const app = new Hono();

  const explain = endpoint({
    summary: "Why each group was notified of an alert, or was not: as records, and in sentences",
    details: "A fingerprint stands for its newest alert.",
    query,
    answer: ({ trace }) => trace,
    refusals: { 404: "There is no such alert, or it is no longer kept" },
  });
  app.get("/api/alerts/:id/why", explain, async (c) => {
    const name = c.req.param("id");
    const found = await alerts.find(name);
    if (!("alert" in found)) {
      throw new RequestError(
        404,
        found.lookedBackTo === undefined
          ? "There is no alert of this id or fingerprint, or it is no longer kept"
          : `There is no alert of this fingerprint since ${new Date(found.lookedBackTo).toISOString()}; ` +
            "older ones were not looked at: ask with an alert's id",
      );
    }
    const trace = await alerts.trace(found.alert);
    const [first] = found.alert.routing;
    const group = first && groups.get(first.group);
    const locale = localeOf(c.req.valid("query").lang ?? c.req.header("accept-language"), config.locale);
    const sentences = why(trace, {
      now: clock.now(),
      locale,
      timezone: group?.timezone ?? config.timezone,
    });
    const { into, silences = new Map(), ...rest } = trace;
    return c.json({
      ...rest,
      into: Object.fromEntries(into),
      silences: Object.fromEntries(silences),
      sentences,
    });
  });
  return app;
}
