import { Hono } from "hono";
import { formatDuration } from "../../../relay/base/time.ts";
import { handlingOf } from "../../../relay/domain/handling.ts";
import { labelsIn, wholeIn } from "../../../relay/domain/record.ts";
import type { Relay } from "../../../relay/relay.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";
import { endOf, type Incident, notifiedGroups } from "../../../relay/domain/incident.ts";
import type { Shell, View } from "../shell.ts";
import { whereaboutsOfEach } from "../whereabouts.ts";
import { actManyRoutes } from "./act_many.ts";
import { actRoutes } from "./act.ts";
import { LASTS } from "./actions.ts";
import { assigneesFor } from "./assignees.ts";
import { readFilter, wantedBy, writeFilter } from "./filter.ts";
import { incidentRoutes } from "./one.ts";
import { responseRoutes } from "./response.ts";

/** Incidents of one page. */
const SHOWN = 50;

/** `GET /incidents`: the active and the closed incidents, and who acknowledged them. */
export function incidentPages(shell: Shell): Hono {
  const { relay } = shell;
  const app = new Hono();

  app.get("/incidents", async (c) => {
    const view = await shell.open(c);
    const { searchParams } = new URL(c.req.url);
    const filter = readFilter(searchParams);
    const before = searchParams.get("before")?.slice(0, 100) || undefined;
    const open = await (await relay.query.overview()).burning();
    const found = await relay.query.incidents.find(wantedBy(filter), { limit: SHOWN, before });
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
        address: addressOf({ severity, known: filter.known }),
      })),
      groups: [...relay.query.config.groups.keys()],
      dialects: [...new Set([...found.incidents.map(({ dialect }) => dialect), filter.dialect ?? []].flat())],
      states: ["open", "closed", "all"].map((state) => ({ state, address: address({ state }) })),
      lookedBackTo: found.lookedBackTo,
      search: writeFilter(filter),
      lasts: LASTS,
      assignees: view.who!.role === "viewer" ? [] : await assigneesFor([], relay),
      newer: before === undefined ? undefined : address({}),
      older: found.next === undefined ? undefined : address({ before: found.next }),
    });
  });
  app.route("/", actManyRoutes(shell));
  app.route("/", actRoutes(shell));
  app.route("/", responseRoutes(shell));
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
      handling: handlingOf(incident),
      place: places[index],
      groups: notifiedGroups(incident),
      silence: incident.closedAt === null ? query.silenceOf(labels, now)?.id : undefined,
      flapping: Object.values(incident.flaps ?? {}).some(({ told }) => told !== undefined),
      lasted: formatDuration(endOf(incident, now) - incident.openedAt, locale),
    };
  });
}

function addressOf(filter: Readonly<Record<string, string | undefined>>): string {
  const search = writeFilter(filter);
  return search === "" ? "/incidents" : `/incidents?${search}`;
}
