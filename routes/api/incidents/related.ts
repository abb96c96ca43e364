import { Hono } from "hono";
import { z } from "zod";
import { defined } from "../../../relay/base/defined.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { labelsIn } from "../../../relay/domain/record.ts";
import { whereOf } from "../../../relay/domain/where.ts";
import type { Relay } from "../../../relay/relay.ts";
import { endpoint } from "../endpoint.ts";
import { found, refusals } from "./found.ts";

const query = z.looseObject({
  limit: z.coerce.number().int().min(0).max(50).default(10).meta({
    description: "Incidents of each relation",
  }),
});

/** `GET /api/incidents/:id/related`: earlier incidents of the same alert, of the same name, and about the same object. */
export function relatedRoutes({ query: { alerts, clock, config, incidents } }: Relay): Hono {
  const app = new Hono();
  const related = endpoint({
    summary: "Earlier incidents of the same alert, of the same name, and about the same object",
    details:
      "Those that ended since `since`: 30 days, or as long as alerts are stored. The closest relation comes first, and an " +
      "incident counts for its closest one only. The object is what `where_labels` names. Incidents that ended before this " +
      "version are missing, and so is the object of those that a person closed.",
    query,
    answer: ({ relatedIncidents, time }) => z.object({ since: time, relations: z.array(relatedIncidents) }),
    refusals,
  });
  app.get("/api/incidents/:id/related", related, async (c) => {
    const { limit } = c.req.valid("query");
    const incident = found(await incidents.get(c.req.param("id")));
    const place = whereOf(labelsIn(await alerts.get(incident.id)), config.labelRules.where).text;
    const { since, relations } = await incidents.related(incident, { place, now: clock.now(), limit });
    return c.json({
      since,
      relations: relations.map(({ incidents, ...relation }) => ({
        ...relation,
        incidents: incidents.map(shortly),
      })),
    });
  });
  return app;
}

function shortly({ id, title, severity, openedAt, closedAt, closedBy, memo }: Incident): object {
  return defined({ id, title, severity, openedAt, closedAt, closedBy, memo });
}
