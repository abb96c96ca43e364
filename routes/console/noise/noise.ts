import "../../../relay/base/temporal.ts";
import { Hono } from "hono";
import { z } from "zod";
import {
  formatDuration as writeDuration,
  HOUR,
  MINUTE,
  parseDuration,
} from "../../../relay/base/duration.ts";
import { formatDuration, formatTime } from "../../../relay/base/time.ts";
import { lastHours } from "../../../relay/domain/tally.ts";
import { windowPolicyOf } from "../../../relay/domain/window_policy.ts";
import { NOISE_ORDERS } from "../../../relay/query/noise/noise_counter.ts";
import type { WindowCurve } from "../../../relay/query/noise/window_curve.ts";
import type { NotificationCounts } from "../../../relay/query/statistics.ts";
import { groupItem } from "../groups/subject.ts";
import type { Shell } from "../shell.ts";
import { applyRoutes } from "./apply.ts";
import { dayChart } from "./day_chart.ts";
import { noisyAlerts } from "./noisy_alerts.ts";
import { noisySources, SOURCE_ORDERS } from "./noisy_sources.ts";
import { windowChart } from "./window_chart.ts";

/** In hours. */
const PERIODS = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 } as const;

/** The time limits in milliseconds: of reading the log, and of replaying it with each window. */
const BUDGETS = { first: { log: 10, curve: 15 }, long: { log: 5_000, curve: 5_000 } } as const;

/** At most this many alerts are listed. */
const NOISIEST = 15;

/** The windows of the curve. */
const WINDOWS = [1, 5, 10, 30, 60, 2 * 60, 4 * 60, 12 * 60].map((minutes) => minutes * MINUTE);

const query = z.object({
  period: z.enum(["24h", "7d", "30d"]).catch("24h"),
  group: z.string().optional(),
  window: z.string().default("").transform((text) => text.slice(0, 20)), // a longer text is no duration either
  look: z.enum(["long"]).optional().catch(undefined),
  by: z.enum(NOISE_ORDERS).catch("count"),
  of: z.enum(SOURCE_ORDERS).catch("told"),
});

/**
 * `GET /noise`: the effects of another window, and the noisiest alerts · `POST /noise/window`: gives a group a
 * window.
 */
export function noisePages(shell: Shell): Hono {
  const { relay } = shell;
  const { config, configuration, figures } = relay.query;
  const app = new Hono();

  app.get("/noise", async (c) => {
    const view = await shell.open(c);
    const { now, locale, t } = view;
    const asked = query.parse(c.req.query());
    const period = lastHours(PERIODS[asked.period], now);
    const isDay = asked.period === "24h";
    const stepOf = (ms: number): string => formatTime(ms, config).slice(0, isDay ? 13 : 10);
    const counts = await figures.folding(period, stepOf);
    const group = config.groups.get(asked.group ?? "") ?? config.groups.get(busiest(counts) ?? "") ??
      [...config.groups.values()][0];
    const other = parseDuration(asked.window);
    const budgets = BUDGETS[asked.look ?? "first"];
    const { alerts, lookedBackTo, noisiest, curve } = await figures.survey(period, {
      limit: NOISIEST,
      by: asked.by,
      budget: budgets.log,
      staleAfter: config.staleAfter,
      group: group && windowPolicyOf(group),
      curve: group && { windows: [...WINDOWS, group.window, other ?? group.window], budget: budgets.curve },
    });
    const given = { period: asked.period, ...group ? { group: group.id } : {}, by: asked.by, of: asked.of };
    const address = (more: Record<string, string>): string =>
      `/noise?${new URLSearchParams({ ...given, ...more })}`;
    const days = Math.max(
      1,
      (Math.min(now, period.to) - Math.max(period.from, lookedBackTo ?? 0)) / (24 * HOUR),
    );
    return await view.html("console/noise", {
      title: t("folding.title"),
      given,
      address,
      periods: Object.keys(PERIODS),
      counts,
      chart: dayChart(counts, view, { isDay, timezone: config.timezone }),
      noisiest: await noisyAlerts(noisiest, { relay, view, days }),
      sources: noisySources(counts, { relay, view, by: asked.of, days: PERIODS[asked.period] / 24 }),
      alerts,
      lookedBackTo,
      longer: asked.look === undefined ? address({ look: "long", window: asked.window }) : undefined,
      groups: [...config.groups.keys()],
      group,
      managed: group && configuration.item(groupItem(group.owner, group.level))?.managedBy === "file",
      window: asked.window,
      wrong: asked.window !== "" && other === undefined,
      curve: group && curve && {
        ...curve,
        chart: windowChart(curve, group.window, view),
        rows: rowsOf(curve, group.window),
        longest: formatDuration(Math.max(...curve.points.map(({ longestWait }) => longestWait)), locale),
      },
    });

    function rowsOf({ points }: WindowCurve, current: number): object[] {
      const toldNow = points.find(({ window }) => window === current)?.counts.told ?? 0;
      return points.map(({ window, counts, longestWait }) => ({
        name: window === 0 ? t("noise.off") : formatDuration(window, locale),
        text: window === 0 ? "0s" : writeDuration(window),
        counts,
        fewer: toldNow - counts.told,
        wait: longestWait === 0 ? "–" : formatDuration(longestWait, locale),
        isCurrent: window === current,
      }));
    }
  });
  app.route("/", applyRoutes(shell));
  return app;
}

/** The group with the most alerts. */
function busiest({ groups }: NotificationCounts): string | undefined {
  return [...groups].toSorted(([, a], [, b]) => b.told + b.folded - a.told - a.folded)[0]?.[0];
}
