import { Hono } from "hono";
import { z } from "zod";
import { formatTime, roughDuration } from "../../../relay/base/time.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import { lastHours } from "../../../relay/domain/tally.ts";
import type { ResponseReport } from "../../../relay/query/responses.ts";
import type { ResponseTimes } from "../../../relay/query/shapes/statistics.ts";
import { type BarChart, barChart } from "../charts/bars.ts";
import type { Shell, View } from "../shell.ts";

/** The periods of the page, in weeks. */
const PERIODS = { "4w": 4, "12w": 12 } as const;

const query = z.object({ period: z.enum(["4w", "12w"]).catch("4w") });

/** `GET /incidents/response`: MTTA, MTTR and the acknowledged share, by group and week. */
export function responseRoutes(shell: Shell): Hono {
  const { config, figures } = shell.relay.query;
  const app = new Hono();
  app.get("/incidents/response", async (c) => {
    const view = await shell.open(c);
    const { locale, now, t } = view;
    const { period } = query.parse(c.req.query());
    const report = await figures.responses(
      lastHours(PERIODS[period] * 7 * 24, now),
      (ms) => formatTime(ms, config).slice(0, 10),
    );
    const rows = (all: readonly (readonly [string, ResponseTimes])[]): object[] =>
      all.map(([name, times]) => ({ name, ...inWords(times, locale) }));
    return await view.html("console/incidents/response", {
      title: t("response.title"),
      period,
      periods: Object.keys(PERIODS),
      isEmpty: report.total.answered + report.total.ended === 0,
      total: inWords(report.total, locale),
      groups: rows(Object.entries(report.groups)),
      weeks: rows(Object.entries(report.weeks).map(([week, { total }]) => [week, total] as const)).reverse(),
      chart: chartOf(report, view),
    });
  });
  return app;
}

/** The figures for display; `–` if nothing was counted. */
function inWords({ answered, ended, mtta, mttr, acknowledged }: ResponseTimes, locale: Locale): object {
  return {
    answered,
    ended,
    mtta: timeInWords(mtta, locale),
    mttr: timeInWords(mttr, locale),
    share: acknowledged === null ? "–" : `${Math.round(100 * acknowledged)} %`,
  };
}

function timeInWords(ms: number | null, locale: Locale): string {
  if (ms === null) return "–";
  return ms < MINUTE ? `< ${roughDuration(MINUTE, locale)}` : roughDuration(ms, locale);
}

/** The means of each week in minutes, side by side; `undefined` while nothing was measured in two weeks. */
function chartOf({ weeks }: ResponseReport, { t, locale }: Pick<View, "t" | "locale">): BarChart | undefined {
  const all = Object.entries(weeks);
  const measured = all.filter(([, { total }]) => total.mtta !== null || total.mttr !== null);
  if (measured.length < 2) return undefined;
  const minutes = (ms: number | null): number | null => ms === null ? null : Math.round(ms / MINUTE);
  const ofAll = measured.at(-1)![1].total;
  return barChart({
    title: t("response.chart"),
    unit: t("response.unit"),
    of: t("response.week"),
    shape: "grouped",
    series: [{ label: t("response.mtta"), tone: "mtta", sign: "✓" }, {
      label: t("response.mttr"),
      tone: "mttr",
      sign: "■",
    }],
    bars: all.map(([week, { total }]) => ({
      label: week,
      mark: week.slice(5),
      values: [minutes(total.mtta), minutes(total.mttr)],
    })),
    totals: [ofAll.mtta, ofAll.mttr].map((ms) => `${timeInWords(ms, locale)} ${t("response.newest")}`),
    marks: 12,
  });
}
