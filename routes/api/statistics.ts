import { Hono } from "hono";
import { z } from "zod";
import { windowPolicyOf } from "../../relay/domain/window_policy.ts";
import { type Period, wholeHours } from "../../relay/query/ledger.ts";
import { formatTime } from "../../relay/base/time.ts";
import type { Relay } from "../../relay/relay.ts";
import type { NotificationCounts } from "../../relay/query/statistics.ts";
import { RequestError } from "../http/errors.ts";
import type { Shapes } from "../http/described.ts";
import { endpoint } from "./endpoint.ts";
import { duration, pointInTime } from "./input.ts";
import { readTime } from "./time.ts";
import { DAY } from "../../relay/base/duration.ts";

/** The time limit of a search of the log, in milliseconds. */
const BUDGET = 5_000;

const period = z.looseObject({ from: pointInTime, to: pointInTime });

const noisy = period.extend({ limit: z.coerce.number().int().min(1).max(1_000).default(20) });

const other = period.extend({
  group: z.string().max(300).meta({ examples: ["default/default"] }),
  window: duration.optional().meta({ description: "The other window; the group's own unless it is given" }),
});

/**
 * `GET /api/statistics/folding?from=7d`: duplicates by group, rule and day · `GET /api/statistics/noisiest`: the most
 * frequent fingerprints · `GET /api/statistics/window?group=ops/default&window=10m`: the notifications that the group
 * would have received with another window, recomputed from the log · `GET /api/statistics/response?from=28d`: the
 * response times to incidents, by group and week.
 */
export function statisticsRoutes({ query: { figures, config, clock } }: Relay): Hono {
  const app = new Hono();
  const looked = (
    { time, counted }: Shapes,
  ): { from: z.ZodType; to: z.ZodType; alerts: z.ZodType; lookedBackTo: z.ZodType } => ({
    from: time,
    to: time,
    alerts: counted,
    lookedBackTo: time.exactOptional(),
  });

  const folding = endpoint({
    summary: "How many alerts were notified, duplicate and suppressed, by group, rule and day",
    details:
      "In whole hours, which `from` and `to` of the answer name; by default the last 24. Rules count from 0: `rule:0`.",
    query: period,
    answer: ({ foldingCounts, counted, time }) => {
      const by = z.record(z.string(), foldingCounts);
      return z.object({
        from: time,
        to: time,
        accepted: counted,
        total: foldingCounts,
        groups: by,
        rules: by,
        days: by,
      });
    },
  });
  app.get("/api/statistics/folding", folding, async (c) => {
    const asked = wholeHours(periodOf(c.req.valid("query")), { now: clock.now(), retention: Infinity });
    const dayOf = (ms: number): string => formatTime(ms, config).slice(0, 10);
    return c.json({ ...asked, ...plain(await figures.folding(asked, dayOf)) });
  });

  const noisiest = endpoint({
    summary: "The most frequent fingerprints",
    details: "Read from the log, the newest alerts first, for 5 s at most: `lookedBackTo` then says how far.",
    query: noisy,
    answer: (shapes) => z.object({ ...looked(shapes), noisiest: z.array(shapes.noise) }),
  });
  app.get("/api/statistics/noisiest", noisiest, async (c) => {
    const { limit, ...given } = c.req.valid("query");
    const asked = periodOf(given);
    const { whatIf: _, ...found } = await figures.survey(asked, {
      limit,
      budget: BUDGET,
      staleAfter: config.staleAfter,
    });
    return c.json({ ...asked, ...found });
  });

  const window = endpoint({
    summary: "The notifications that a group would have got with another window",
    details:
      "The alerts of the log are decided anew: `now` with the group's own window, `then` with the other one. " +
      "`heard` is the outcome in the log.",
    query: other,
    answer: (shapes) =>
      z.object({
        ...looked(shapes),
        windows: z.array(z.int()).meta({ description: "Now and then, in milliseconds" }),
        heard: shapes.foldingCounts,
        now: shapes.foldingCounts,
        then: shapes.foldingCounts,
      }),
  });
  app.get("/api/statistics/window", window, async (c) => {
    const { group: id, window, ...given } = c.req.valid("query");
    const asked = periodOf(given);
    const group = config.groups.get(id);
    if (!group) throw new RequestError(422, `group: "${id}" is no group of the configuration`);
    const policy = windowPolicyOf(group);
    const { noisiest: _, whatIf, ...found } = await figures.survey(asked, {
      limit: 0,
      budget: BUDGET,
      staleAfter: config.staleAfter,
      group: policy,
      window,
    });
    return c.json({ ...asked, ...found, windows: [policy.window, window ?? policy.window], ...whatIf });
  });

  const response = endpoint({
    summary: "How long people took to answer incidents, and how long incidents lasted, by group and week",
    details:
      "In whole hours, which `from` and `to` of the answer name; by default the last 28 days. Each step counts in the week " +
      "in which it happened; a week is named for its Monday. An incident that fell silent has not ended.",
    query: period,
    answer: ({ responseTimes, time }) => {
      const span = z.object({ total: responseTimes, groups: z.record(z.string(), responseTimes) });
      return span.extend({ from: time, to: time, weeks: z.record(z.string(), span) });
    },
  });
  app.get("/api/statistics/response", response, async (c) => {
    const asked = wholeHours(periodOf(c.req.valid("query"), 28 * DAY), {
      now: clock.now(),
      retention: Infinity,
    });
    const dayOf = (ms: number): string => formatTime(ms, config).slice(0, 10);
    return c.json({ ...asked, ...await figures.responses(asked, dayOf) });
  });
  return app;

  function periodOf(given: z.output<typeof period>, standard = DAY): Period {
    const now = clock.now();
    const here = { now, timezone: config.timezone };
    const from = readTime("from", given.from, here) ?? now - standard;
    const to = readTime("to", given.to, here) ?? now + 1;
    if (to <= from) throw new RequestError(422, "to: must be after from");
    if (to - from > 400 * DAY) throw new RequestError(422, "from: 400 days at most");
    return { from, to };
  }
}

function plain({ groups, rules, days, ...rest }: NotificationCounts): object {
  return {
    ...rest,
    groups: Object.fromEntries(groups),
    rules: Object.fromEntries(rules),
    days: Object.fromEntries(days),
  };
}
