import { Hono } from "hono";
import { z } from "zod";
import { type Action, ACTION_KINDS } from "../../../relay/domain/action.ts";
import { translator } from "../../../relay/message/locale.ts";
import type { Relay } from "../../../relay/relay.ts";
import { RequestError } from "../../http/errors.ts";
import { refusalSentence } from "../../http/refused_act.ts";
import { endpoint } from "../endpoint.ts";
import { whoIs } from "../who.ts";
import { filterFields, matchersList, STATES } from "./filter.ts";
import { actionOf, by, end, seen, text, to } from "./said.ts";

/** At most this many incidents in one request. */
const MAX_ACTED = 200;

/** The time limit of the search for them, in milliseconds. */
const BUDGET = 3_000;

const ids = z.array(z.string().max(100)).min(1).max(MAX_ACTED).meta({
  examples: [["01KG9EGN000000000000000000-000"]],
});

const filter = z.object({
  state: z.enum(STATES).optional().meta({
    description: "Default: open; to reopen them, closed",
  }),
  known: z.boolean().optional(),
  ...filterFields,
  matchers: matchersList.optional(),
  before: z.string().max(100).optional().meta({ description: "The `next` of the previous answer" }),
});

const body = z.object({
  action: z.enum(ACTION_KINDS).meta({ examples: ["acknowledge"] }),
  ids: ids.optional(),
  filter: filter.optional(),
  by,
  text: text.optional(),
  ...end,
  to: to.optional(),
  seen,
});

/** `POST /api/incidents/act`: acts on several incidents, by id or by filter · `POST /api/incidents/ack`: acknowledges several. */
export function manyIncidentsRoutes({ commands, query }: Relay): Hono {
  const app = new Hono();
  const t = translator("en");

  const several = endpoint({
    summary: "Act on several incidents: those with these ids, or those that a filter finds",
    details:
      `At most ${MAX_ACTED} in one request, the newest first. With \`next\` the filter finds more: ask with it as ` +
      "`filter.before`. `results` says for each incident whether it was changed or, in `refused` and `error`, why not; " +
      "`incident` is as it is now, null when it is no longer kept. `acknowledge` changes no incident that somebody has acknowledged.",
    body,
    example: {
      action: "acknowledge",
      filter: { severity: "critical", matchers: ["team=ops"] },
      for: "2h",
      text: "The switch is down",
    },
    answer: ({ incident, time }) =>
      z.object({
        acted: z.int(),
        refused: z.int(),
        results: z.array(z.object({
          id: z.string(),
          incident: incident.nullable(),
          refused: z.string().exactOptional().meta({ examples: ["over"] }),
          error: z.string().exactOptional(),
        })),
        next: z.string().exactOptional(),
        lookedBackTo: time.exactOptional(),
      }),
  });
  app.post("/api/incidents/act", several, async (c) => {
    const { action: kind, ids, filter, by, seen, ...said } = c.req.valid("json");
    if ((ids === undefined) === (filter === undefined)) {
      throw new RequestError(422, "ids: give ids, or a filter (an empty one finds every open incident)");
    }
    const now = query.clock.now();
    const action = await actionOf(kind, said, { query, now });
    const { before, state = kind === "reopen" ? "closed" : "open", ...wanted } = filter ?? {};
    const found = ids === undefined
      ? await query.incidents.find({ ...wanted, state }, { limit: MAX_ACTED, before, budget: BUDGET })
      : undefined;
    const account = whoIs(c);
    const unseen = kind === "acknowledge" ? { known: false } : undefined; // somebody else's stays theirs
    const options = { by: by || account, account, now, seen: seen ?? unseen };
    const all = new Set(ids ?? found!.incidents.map(({ id }) => id));
    const results = await Promise.all([...all].map((id) => actOn(id, action, options)));
    const refused = results.filter(({ error }) => error !== undefined).length;
    const { next, lookedBackTo } = found ?? {};
    return c.json({
      acted: results.length - refused,
      refused,
      results,
      ...next === undefined ? {} : { next },
      ...lookedBackTo === undefined ? {} : { lookedBackTo },
    });
  });

  const acknowledge = endpoint({
    summary: "Acknowledge several incidents",
    details: "An incident that is already acknowledged stays unchanged: `knownBy` names the person.",
    body: z.object({ by, memo: text.optional(), ids }),
    answer: ({ incident }) =>
      z.object({ incidents: z.array(z.object({ id: z.string(), incident: incident.nullable() })) }),
  });
  app.post("/api/incidents/ack", acknowledge, async (c) => {
    const { ids, by, memo } = c.req.valid("json");
    const account = whoIs(c);
    const options = { by: by || account, account, now: query.clock.now(), seen: { known: false } };
    const action = { kind: "acknowledge", text: memo || undefined } as const;
    const incidents = await Promise.all([...new Set(ids)].map(async (id) => ({
      id,
      incident: (await commands.act(id, action, options))?.incident ?? null,
    })));
    return c.json({ incidents });
  });
  return app;

  async function actOn(
    id: string,
    action: Action,
    options: Parameters<typeof commands.act>[2],
  ): Promise<{ id: string; incident: unknown; refused?: string; error?: string }> {
    const result = await commands.act(id, action, options);
    if (!result) return { id, incident: null, refused: "gone", error: t("incident.gone") };
    const { incident, refused } = result;
    if (refused === undefined) return { id, incident };
    const { key, params } = refusalSentence(refused, incident);
    return { id, incident, refused, error: t(key, params) };
  }
}
