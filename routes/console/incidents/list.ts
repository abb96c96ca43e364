import { Hono } from "hono";
import { isHidden } from "../../../relay/message/labels.ts";
import { SEVERITIES } from "../../../relay/domain/severity.ts";
import { SORT_ORDERS, type SortOrder } from "../../../relay/query/incident_list/order.ts";
import type { IncidentCounts } from "../../../relay/query/shapes/incident_list.ts";
import { STATES } from "../../api/incidents/filter.ts";
import type { Shell } from "../shell.ts";
import { actManyRoutes } from "./act_many.ts";
import { actRoutes } from "./act.ts";
import { LASTS } from "./actions.ts";
import { assigneesFor } from "./assignees.ts";
import {
  addressOf,
  groupByOf,
  labelIs,
  type ListFilter,
  matchersIn,
  readFilter,
  readTyped,
  wantedBy,
  writeFilter,
} from "./filter.ts";
import { groupLine, rowsOf } from "./lines.ts";
import { incidentRoutes } from "./one.ts";
import { responseRoutes } from "./response.ts";
import { chipsOf, shownFacets } from "./shown_facets.ts";
import { sharedSilenceRoutes } from "./silence_shared.ts";
import { undoRoutes } from "./undo.ts";

/** The most incidents or groups on one page. */
const SHOWN = 40;

/** The most labels that are offered to group by. */
const MAX_GROUPINGS = 8;

/** `GET /incidents`: the active and the closed incidents: filtered, grouped, and counted by facets. */
export function incidentPages(shell: Shell): Hono {
  const { relay } = shell;
  const { config, incidents } = relay.query;
  const hidden = (label: string): boolean => isHidden(label, config.labelRules);
  const app = new Hono();

  app.get("/incidents", async (c) => {
    const view = await shell.open(c);
    const { searchParams } = new URL(c.req.url);
    const filter = readFilter(searchParams);
    if (searchParams.has("typed")) {
      const { matchers, text } = readTyped(filter.text ?? "");
      const all = [...new Set([...filter.matchers, ...matchers])];
      return view.done(addressOf({ ...filter, matchers: all, text: text || undefined }));
    }
    const after = searchParams.get("after")?.slice(0, 100) || undefined;
    const expanded = searchParams.get("expand")?.slice(0, 1_000) ?? undefined;
    const { matchers, wrong } = matchersIn(filter);
    const sort: SortOrder = filter.sort ?? (filter.state === "open" ? "worst" : "newest");
    const groupBy = groupByOf(filter);
    const asked = { wanted: wantedBy(filter, matchers), sort, limit: SHOWN, after, isHidden: hidden };
    const page = groupBy
      ? await incidents.groups({ ...asked, groupBy, expanded, areRead: true, now: view.now })
      : await incidents.list(asked);
    const lines = "groups" in page ? await linesOf(page) : await rowsOf(page.incidents, view, relay);
    const address = (change: Parameters<typeof addressOf>[0]): string => addressOf({ ...filter, ...change });
    return await view.html("console/incidents/list", {
      title: view.t("incidents.title"),
      filter,
      sort,
      wrong,
      lines,
      groupCount: "groups" in page ? page.groupCount : undefined,
      groupBy: groupBy && (groupBy.by === "title" ? "title" : `label:${groupBy.name}`),
      ...summaryOf(page),
      chips: chipsOf(filter, { ...view, query: relay.query }),
      facets: shownFacets(page.facets, filter, { ...view, query: relay.query }),
      groupings: groupingsOf(page, filter),
      sorts: SORT_ORDERS,
      states: STATES.map((state) => ({
        state,
        address: address({ state, sort: undefined, group_by: undefined }),
      })),
      cleared: addressOf({ state: filter.state }),
      search: writeFilter(filter),
      adds: (name: string, value: string) =>
        address({ matchers: [...new Set([...filter.matchers, labelIs(name, value)])] }),
      lasts: LASTS,
      assignees: view.who!.role === "viewer" ? [] : await assigneesFor([], relay),
      newer: after === undefined ? undefined : address({}),
      older: page.next === undefined ? undefined : address({ after: page.next }),
      lookedBackTo: "lookedBackTo" in page ? page.lookedBackTo : undefined,
    });

    async function linesOf(
      { groups, single, members }: Awaited<ReturnType<typeof incidents.groups>>,
    ): Promise<object[]> {
      const alone = groups.flatMap(({ incidents, newest }) =>
        incidents === 1 ? single.get(newest) ?? [] : []
      );
      const rows = new Map(
        (await rowsOf([...alone, ...members], view, relay)).map((row) => [(row as { id: string }).id, row]),
      );
      return groups.flatMap((group) => {
        const row = group.incidents === 1 ? rows.get(group.newest) : undefined;
        if (row) return [row];
        const line = groupLine(group, { filter, groupBy: groupBy!, expanded, view });
        const isExpanded = expanded === (group.value ?? "");
        return [line, ...isExpanded ? members.map(({ id }) => ({ ...rows.get(id), isMember: true })) : []];
      });
    }
  });
  app.route("/", actManyRoutes(shell));
  app.route("/", sharedSilenceRoutes(shell));
  app.route("/", undoRoutes(shell));
  app.route("/", actRoutes(shell));
  app.route("/", responseRoutes(shell));
  app.route("/", incidentRoutes(shell));
  return app;
}

/** The figures of the sentence above the list. */
function summaryOf({ total, unacknowledged, facets, part, unread }: IncidentCounts): object {
  const counts = new Map(
    facets.find(({ by }) => by === "severity")?.values.map(({ value, count }) => [value, count]),
  );
  return {
    total,
    unacknowledged,
    critical: counts.get(SEVERITIES[0]) ?? 0,
    part,
    unread,
  };
}

/** The groupings that the list offers. */
function groupingsOf({ facets }: IncidentCounts, { group_by }: ListFilter): string[] {
  const labels = facets.flatMap(({ by, name }) => by === "label" ? [`label:${name}`] : []);
  const chosen = group_by?.startsWith("label:") ? [group_by] : [];
  return ["title", "none", ...[...new Set([...chosen, ...labels])].slice(0, MAX_GROUPINGS)];
}
