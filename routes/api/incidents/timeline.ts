import { Hono } from "hono";
import { z } from "zod";
import { ULID } from "../../../relay/base/ulid.ts";
import type { Relay } from "../../../relay/relay.ts";
import { timelineText } from "../../../relay/query/timeline_words.ts";
import { translator } from "../../../relay/message/locale.ts";
import { localeOf } from "../../console/language.ts";
import { endpoint } from "../endpoint.ts";
import { found, refusals } from "./found.ts";

const query = z.looseObject({
  limit: z.coerce.number().int().min(1).max(200).default(50).meta({
    description: "At most this many entries; the lines of duplicates between them come in addition",
  }),
  order: z.enum(["newest", "oldest"]).default("oldest").meta({ description: "The order of the entries" }),
  from: z.string().regex(ULID, "must be the `next` of an answer").optional().meta({
    description: "The `next` of the previous page",
    examples: ["01KG9EGN000000000000000000"],
  }),
  lang: z.string().optional().meta({ description: "The language of the sentences", examples: ["en"] }),
});

/** `GET /api/incidents/:id/timeline`: the events of an incident and people's actions, as records and in sentences. */
export function timelineRoutes({ query: { incidents, config, nameOf } }: Relay): Hono {
  const app = new Hono();

  const timeline = endpoint({
    summary: "The timeline of an incident: what happened to it, and what people did",
    details:
      "Equal facts in a row share a line, and alerts of which nobody was notified are counted. With `next` there is " +
      "more: ask with it as `from`. `sentences` say the same in words; what belongs to a line begins with spaces.",
    query,
    answer: ({ incident, timelineItem }) =>
      z.object({
        incident,
        timeline: z.array(timelineItem),
        next: z.string().exactOptional(),
        sentences: z.array(z.string()),
      }),
    refusals,
  });
  app.get("/api/incidents/:id/timeline", timeline, async (c) => {
    const incident = found(await incidents.get(c.req.param("id")));
    const { lang, ...part } = c.req.valid("query");
    const { items, next } = await incidents.timeline(incident, part);
    const locale = localeOf(lang ?? c.req.header("accept-language"), config.locale);
    const words = { t: translator(locale), locale, timezone: config.timezone, nameOf };
    return c.json({
      incident,
      timeline: items,
      ...next !== undefined && { next },
      sentences: timelineText(items, words),
    });
  });
  return app;
}
