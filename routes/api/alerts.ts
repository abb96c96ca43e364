import { Hono } from "hono";
import { z } from "zod";
import { searchLog } from "../../relay/log/search.ts";
import type { Summary, Words } from "../../relay/log/summary.ts";
import { isWhole, type LoggedAlert } from "../../relay/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { alertQuery, filterOf, partOf } from "../alert_query.ts";
import { RequestError } from "../errors.ts";
import { parseInput } from "./input.ts";

const listQuery = alertQuery.extend({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  /** What `cursor` is called in the other lists. */
  before: z.string().max(100).optional(),
});

/** A record of the log; of a folded alert, which says only what differs, with the words of its incident. */
type Shown = LoggedAlert & { readonly words?: Words };

/**
 * `GET /api/alerts`: the log, the newest first, filtered and searched · `GET /api/alerts/:id`: one, with what became of
 * its deliveries.
 */
export function alertRoutes({ store, clock }: Relay): Hono {
  const app = new Hono();

  app.get("/api/alerts", async (c) => {
    const { before, limit, ...query } = parseInput(listQuery, c.req.query());
    const part = partOf({ ...query, cursor: query.cursor ?? before }, clock.now());
    const { alerts, next = null, lookedBackTo } = await searchLog(store, {
      filter: filterOf(query),
      part,
      limit,
    });
    return c.json({
      alerts: await whole(alerts),
      next,
      ...lookedBackTo === undefined ? {} : { lookedBackTo },
    });
  });
  app.get("/api/alerts/:id", async (c) => {
    const alert = await store.journal.alert(c.req.param("id"));
    if (!alert) throw new RequestError(404, "There is no alert of this id, or it is no longer kept");
    return c.json({ alert: await withWords(alert), deliveries: await store.outbox.deliveries(alert.id) });
  });
  return app;

  /** The log's own records of what was found. */
  async function whole(summaries: readonly Summary[]): Promise<Shown[]> {
    const logged = await Promise.all(summaries.map(({ id }) => store.journal.alert(id)));
    return await Promise.all(logged.filter((alert) => alert !== undefined).map(withWords));
  }

  async function withWords(logged: LoggedAlert): Promise<Shown> {
    if (isWhole(logged.alert)) return logged;
    return { ...logged, words: await store.summaries.wordsFor(logged) };
  }
}
