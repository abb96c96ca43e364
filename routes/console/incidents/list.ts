import { Hono } from "hono";
import { z } from "zod";
import { formatDuration } from "../../../relay/base/time.ts";
import { isAcknowledged } from "../../../relay/domain/acknowledge.ts";
import { labelsIn, wholeIn } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";
import { endOf, type Incident, notifiedGroups } from "../../../relay/domain/incident.ts";
import type { Shell, View } from "../shell.ts";
import { whereaboutsOfEach } from "../whereabouts.ts";
import { acknowledgeRoutes } from "./acknowledge.ts";
import { incidentRoutes } from "./one.ts";
import { statisticsRoutes } from "./statistics.ts";

/** Incidents of one page. */
const SHOWN = 50;

/** The query of the list; invalid parameters are ignored. */
const query = z.object({
  state: z.enum(["open", "closed", "all"]).catch("open"),
  severity: z.enum(SEVERITIES).optional().catch(undefined),
  known: z.enum(["yes", "no"]).optional().catch(undefined),
  group: z.string().max(300).optional().catch(undefined),
  dialect: z.string().max(100).optional().catch(undefined),
  text: z.string().max(300).optional().catch(undefined),
  before: z.string().max(100).optional().catch(undefined),
});

/** `GET /incidents`: the active and the closed incidents, and who acknowledged them. */
export function incidentPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/incidents", async (c) => {
    const view = await shell.open(c);
    const given = Object.fromEntries(Object.entries(c.req.query()).filter(([, value]) => value !== ""));
    const { before, ...filter } = query.parse(given);
    const { known, ...rest } = filter;
    const wanted = { ...rest, acknowledged: known === undefined ? undefined : known === "yes" };
    const open = await (await relay.query.overview()).burning();
    const found = await relay.query.incidents.find(wanted, { limit: SHOWN, before });
    const address = (more: Record<string, string | undefined>): string => addressOf({ ...filter, ...more });
    return await view.html("console/incidents/list", {
      title: view.t("incidents.title"),
      filter,
      narrowed: Object.entries(filter).some(([name, value]) => name !== "state" && value !== undefined),
      rows: await rowsOf(found.incidents, view, relay),
      open: open.total,
      unknown: open.total - open.known,
      severities: SEVERITIES.map((severity) => ({
        severity,
        count: open.severities[severity],
        address: addressOf({ severity, known }),
      })),
      groups: [...relay.query.config.groups.keys()],
      dialects: [...new Set([...found.incidents.map(({ dialect }) => dialect), filter.dialect ?? []].flat())],
      states: ["open", "closed", "all"].map((state) => ({ state, address: address({ state }) })),
      lookedBackTo: found.lookedBackTo,
      newer: before === undefined ? undefined : address({}),
      older: found.next === undefined ? undefined : address({ before: found.next }),
    });
  });
  app.route("/", acknowledgeRoutes(shell));
  app.route("/", statisticsRoutes(shell));
  app.route("/", incidentRoutes(shell));
  return app;
}

/** Incidents as lines of a list. @throws StoreError */
export async function rowsOf(
  incidents: readonly Incident[],
  { now, locale }: Pick<View, "now" | "locale">,
  { query }: Relay,
): Promise<object[]> {
  const alerts = await query.alerts.getMany(incidents.map(({ id }) => id));
  const firsts = incidents.map(({ id }) => wholeIn(alerts.get(id)));
  const places = whereaboutsOfEach(firsts, query.config.labelRules);
  return incidents.map((incident, index) => {
    const labels = labelsIn(alerts.get(incident.id));
    return {
      ...incident,
      acknowledged: isAcknowledged(incident),
      place: places[index],
      groups: notifiedGroups(incident),
      silence: incident.closedAt === null ? query.silenceOf(labels, now)?.id : undefined,
      flapping: Object.values(incident.flaps ?? {}).some(({ told }) => told !== undefined),
      lasted: formatDuration(endOf(incident, now) - incident.openedAt, locale),
    };
  });
}

function addressOf(filter: Record<string, string | undefined>): string {
  const given = Object.entries(filter).filter(([name, value]) =>
    value && !(name === "state" && value === "open")
  );
  const search = new URLSearchParams(given as [string, string][]).toString();
  return search === "" ? "/incidents" : `/incidents?${search}`;
}
