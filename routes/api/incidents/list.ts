import { Hono } from "hono";
import { z } from "zod";
import { whereOf } from "../../../relay/domain/where.ts";
import { labelsIn } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { endpoint } from "../endpoint.ts";
import { page } from "../input.ts";
import { filterFields, matchersText, STATES } from "./filter.ts";
import { found, refusals } from "./found.ts";

/** First alerts that are read at a time: each may be in another page of the log. */
const STEP = 100;

const query = page.extend({
  state: z.enum(STATES).default("open"),
  known: z.enum(["true", "false"]).optional(),
  ...filterFields,
  matchers: matchersText.optional(),
});

/**
 * `GET /api/incidents?state=open|closed|all`: incidents with their counts; also by `severity`, `group`, `known`, `holder`,
 * `dialect`, `text`, `matchers` · `GET /api/incidents/:id`.
 */
export function incidentListRoutes({ query: { alerts, config, incidents } }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "Incidents with their counts: the open ones, the closed ones, or all",
    details:
      "With `next` there is more: ask with it as `before`. With `lookedBackTo` the search ended because " +
      "its time was over, and has looked back so far.",
    query,
    answer: ({ shownIncident, time }) =>
      z.object({
        incidents: z.array(shownIncident),
        next: z.string().exactOptional(),
        lookedBackTo: time.exactOptional(),
      }),
  });
  app.get("/api/incidents", list, async (c) => {
    const { limit, before, known, ...wanted } = c.req.valid("query");
    const asked = { ...wanted, known: known === undefined ? undefined : known === "true" };
    const { incidents: some, ...found } = await incidents.find(asked, { limit, before });
    return c.json({ incidents: await shown(some), ...found });
  });

  const one = endpoint({
    summary: "One incident",
    answer: ({ shownIncident }) => z.object({ incident: shownIncident }),
    refusals,
  });
  app.get("/api/incidents/:id", one, async (c) => {
    const [incident] = await shown([found(await incidents.get(c.req.param("id")))]);
    return c.json({ incident });
  });
  return app;

  /** Adds the object of each incident, from the labels of its first alert. */
  async function shown(all: readonly Incident[]): Promise<(Incident & { where: string })[]> {
    const { where } = config.labelRules;
    const shown: (Incident & { where: string })[] = [];
    for (let from = 0; from < all.length; from += STEP) {
      const some = all.slice(from, from + STEP);
      const firsts = await alerts.getMany(some.map(({ id }) => id));
      for (const incident of some) {
        shown.push({ ...incident, where: whereOf(labelsIn(firsts.get(incident.id)), where).text });
      }
    }
    return shown;
  }
}
