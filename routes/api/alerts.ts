import { Hono } from "hono";
import { z } from "zod";
import type { Summary, Words } from "../../relay/domain/summary.ts";
import { whereOf } from "../../relay/domain/where.ts";
import { isWhole, type LoggedAlert } from "../../relay/domain/record.ts";
import type { Relay } from "../../relay/relay.ts";
import { alertQuery, searchOf } from "../http/alert_query.ts";
import { RequestError } from "../http/errors.ts";
import { endpoint } from "./endpoint.ts";
import { page } from "./input.ts";

const listQuery = alertQuery.extend({
  limit: page.shape.limit,
  before: z.string().max(100).optional().meta({ description: "The name of `cursor` in the other lists" }),
});

/**
 * A record of the log with its object. A duplicate, of which the log stores only the differences, gets the words of
 * its incident.
 */
type AnsweredAlert = LoggedAlert & { readonly where: string; readonly words?: Words };

/**
 * `GET /api/alerts`: the log, the newest first, filtered and searched · `GET /api/alerts/:id`: one, with its
 * deliveries.
 */
export function alertRoutes({ query: { alerts: log, deliveries, clock, config } }: Relay): Hono {
  const app = new Hono();

  const list = endpoint({
    summary: "The log: every accepted alert, the newest first, filtered and searched",
    details: "A duplicate for every group stores only what may differ from the alert that was notified; " +
      "`words` are its incident's. A search that takes too long says how far it `lookedBackTo`; `next` goes on.",
    query: listQuery,
    answer: ({ shownAlert, time }) =>
      z.object({
        alerts: z.array(shownAlert),
        next: z.string().nullable(),
        lookedBackTo: time.exactOptional(),
      }),
  });
  app.get("/api/alerts", list, async (c) => {
    const { before, limit, ...query } = c.req.valid("query");
    const asked = { ...query, cursor: query.cursor ?? before };
    const search = searchOf(asked, { now: clock.now(), timezone: config.timezone });
    const { alerts, next = null, lookedBackTo } = await log.search({ ...search, limit });
    return c.json({
      alerts: await whole(alerts),
      next,
      lookedBackTo,
    });
  });

  const one = endpoint({
    summary: "One alert, with its deliveries and each attempt",
    answer: ({ shownAlert, delivery }) => z.object({ alert: shownAlert, deliveries: z.array(delivery) }),
    refusals: { 404: "There is no such alert, or it is no longer kept" },
  });
  app.get("/api/alerts/:id", one, async (c) => {
    const alert = await log.get(c.req.param("id"));
    if (!alert) throw new RequestError(404, "There is no alert of this id, or it is no longer kept");
    return c.json({ alert: await withWords(alert), deliveries: await deliveries.of(alert.id) });
  });
  return app;

  /** The log's records of the found alerts. */
  async function whole(summaries: readonly Summary[]): Promise<AnsweredAlert[]> {
    const logged = await log.getMany(summaries.map(({ id }) => id));
    return summaries.flatMap(({ id, words }) => {
      const one = logged.get(id);
      return one === undefined ? [] : [shown(one, words)];
    });
  }

  async function withWords(logged: LoggedAlert): Promise<AnsweredAlert> {
    return shown(logged, await log.wordsOf(logged));
  }

  function shown(logged: LoggedAlert, words: Words): AnsweredAlert {
    const where = whereOf(words.labels, config.labelRules.where).text;
    return { ...logged, where, ...isWhole(logged.alert) ? {} : { words } };
  }
}
