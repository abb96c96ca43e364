import { Hono } from "hono";
import { z } from "zod";
import { notifiedGroups } from "../../relay/domain/incident.ts";
import { labelsIn } from "../../relay/domain/record.ts";
import { SEVERITIES } from "../../relay/domain/severity.ts";
import { whereOf } from "../../relay/domain/where.ts";
import { parseInput } from "../api/input.ts";
import type { Shell } from "./shell.ts";

/** The most incidents of a severity. */
const SHOWN = 20;

/** The time limit of each severity, in milliseconds: the newest incidents are found first. */
const BUDGET = 40;

const asked = z.object({
  from: z.enum(SEVERITIES),
  since: z.coerce.number().int().min(0),
});

/**
 * `GET /watching?from=error&since=1769846400000`: the incidents for a browser's sound, as JSON: the open incidents of
 * this severity or worse that began since then, that notified a person, and that nobody acknowledged or silenced and
 * no other incident inhibits. `now` is the relay's clock.
 */
export function watchingRoutes(shell: Shell): Hono {
  const { query } = shell.relay;
  const app = new Hono();
  app.get("/watching", async (c) => {
    await shell.open(c);
    const { from, since } = parseInput(asked, c.req.query());
    const now = query.clock.now();
    const severities = SEVERITIES.slice(0, SEVERITIES.indexOf(from) + 1);
    const pages = await Promise.all(
      severities.map((severity) =>
        query.incidents.find({ state: "open", known: false, severity }, { limit: SHOWN, budget: BUDGET })
      ),
    );
    const found = pages.flatMap((page) => page.incidents)
      .filter((incident) => incident.openedAt > since && notifiedGroups(incident).length > 0);
    const firsts = await query.alerts.getMany(found.map(({ id }) => id));
    const shown = found.flatMap(({ id, title, severity, openedAt }) => {
      const labels = labelsIn(firsts.get(id));
      if (query.silenceOf(labels, now) || query.inhibitorsOf(labels, id).length > 0) return [];
      return [{ id, title, severity, openedAt, where: whereOf(labels, query.config.labelRules.where).text }];
    });
    return c.json({ now, incidents: shown }, 200, { "cache-control": "no-store" });
  });
  return app;
}
