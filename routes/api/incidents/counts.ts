import { Hono } from "hono";
import { z } from "zod";
import { isHidden } from "../../../relay/message/labels.ts";
import { SORT_ORDERS } from "../../../relay/query/incident_list/order.ts";
import { parseGroupBy } from "../../../relay/query/incident_list/groups.ts";
import type { Relay } from "../../../relay/relay.ts";
import { endpoint } from "../endpoint.ts";
import { filterFields, matchersText, STATES } from "./filter.ts";

/** Milliseconds for counting: a program may wait longer than a page. */
const BUDGET = 1_000;

const filter = z.looseObject({
  state: z.enum(STATES).default("open"),
  acknowledged: z.enum(["true", "false"]).optional().transform((text) => text && text === "true").meta({
    description: "Whether a person has acknowledged it",
  }),
  ...filterFields,
  matchers: matchersText.optional(),
});

const groups = filter.extend({
  by: z.string().max(300).default("title").transform((text, context) => {
    const by = parseGroupBy(text);
    if (by) return by;
    context.addIssue("must be title, or label: with the name of a label, such as label:cluster");
    return z.NEVER;
  }).meta({
    description: "`title`, or a label",
    examples: ["label:cluster"],
  }),
  sort: z.enum(SORT_ORDERS).default("worst").meta({
    description:
      "The worst first and of one severity the largest, the newest first, or the one that began first",
  }),
  limit: z.coerce.number().int().min(1).max(1_000).default(100).meta({ description: "At most this many" }),
  after: z.string().max(100).optional().meta({ description: "The `next` of the previous page" }),
});

/**
 * `GET /api/incidents/facets`: the facets of a filter's incidents · `GET /api/incidents/groups`: incidents grouped by
 * a title or label.
 */
export function incidentCountRoutes({ query: { config, incidents, clock } }: Relay): Hono {
  const app = new Hono();
  const hidden = (label: string): boolean => isHidden(label, config.labelRules);

  const counted = endpoint({
    summary: "How many incidents a filter finds, and how many have each severity, group, title, label …",
    details:
      "The labels are those that distinguish the incidents best. A property that the filter names is counted as if it did " +
      "not. A local relay counts all open incidents; a shared one, and every relay the closed ones, the newest: see `part`.",
    query: filter,
    answer: ({ incidentCounts }) => incidentCounts,
  });
  app.get(
    "/api/incidents/facets",
    counted,
    async (c) =>
      c.json(await incidents.count({ wanted: c.req.valid("query"), isHidden: hidden, budget: BUDGET })),
  );

  const grouped = endpoint({
    summary: "Incidents with the same title or the same value of a label, counted together",
    details: "With `next` there are more groups: ask with it as `after`.",
    query: groups,
    answer: ({ incidentCounts, incidentGroup }) =>
      incidentCounts.extend({
        groups: z.array(incidentGroup),
        groupCount: z.int().min(0),
        next: z.string().exactOptional(),
      }),
  });
  app.get("/api/incidents/groups", grouped, async (c) => {
    const { by: groupBy, sort, limit, after, ...wanted } = c.req.valid("query");
    const page = await incidents.groups({
      wanted,
      groupBy,
      now: clock.now(),
      sort,
      limit,
      after,
      isHidden: hidden,
      budget: BUDGET,
    });
    const { single: _single, members: _members, ...answer } = page;
    return c.json(answer);
  });
  return app;
}
