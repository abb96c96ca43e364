import { Hono } from "hono";
import { z } from "zod";
import type { Locale } from "../../relay/base/locale.ts";
import type { Incident } from "../../relay/domain/incident.ts";
import { translator } from "../../relay/message/locale.ts";
import { timelineText } from "../../relay/query/timeline_words.ts";
import type { Relay } from "../../relay/relay.ts";
import { why } from "../../relay/query/why.ts";
import { localeOf } from "../console/language.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";

/** The most entries of a timeline. */
const TIMELINE = 100;

const query = z.looseObject({
  lang: z.string().optional().meta({ description: "The language of the sentences", examples: ["en"] }),
});

/**
 * `GET /api/alerts/:id/why?lang=en`: the reasons why each group was or was not notified of an alert, as records and
 * in sentences. A fingerprint identifies its newest alert.
 */
export function whyRoutes({ query: { alerts, incidents, config, groups, clock, nameOf } }: Relay): Hono {
  const app = new Hono();

  const explain = endpoint({
    summary: "Why each group was notified of an alert, or was not: as records, and in sentences",
    details:
      "A fingerprint stands for its newest alert. With a fingerprint or an incident's id, `timeline` is added.",
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
    const { into, silences = new Map(), inhibitors = new Map(), ...rest } = trace;
    const { incident } = trace;
    // An incident's id is that of its first alert, and a fingerprint also identifies an incident.
    const isOfIncident = incident !== undefined && (name === incident.id || name === incident.fingerprint);
    const timeline = isOfIncident ? await timelineIn(incident, locale) : undefined;
    return c.json({
      ...rest,
      into: Object.fromEntries(into),
      silences: Object.fromEntries(silences),
      inhibitors: Object.fromEntries(inhibitors),
      sentences,
      ...timeline && { timeline },
    });
  });
  return app;

  /** The newest lines of an incident's timeline, the oldest first. */
  async function timelineIn(incident: Incident, locale: Locale): Promise<string[]> {
    const { items } = await incidents.timeline(incident, { limit: TIMELINE, order: "newest" });
    const words = { t: translator(locale), locale, timezone: config.timezone, nameOf };
    return timelineText(items.toReversed(), words);
  }
}
