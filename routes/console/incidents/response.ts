import "../../../relay/base/temporal.ts";
import { Hono } from "hono";
import { z } from "zod";
import { formatTime, roughDuration } from "../../../relay/base/time.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import type { Locale } from "../../../relay/base/locale.ts";
import { lastHours } from "../../../relay/domain/tally.ts";
import type { ResponseReport } from "../../../relay/query/responses.ts";
import type { ResponseTimes } from "../../../relay/query/shapes/statistics.ts";
import type { Shell } from "../shell.ts";

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
      chart: chartOf(report, config.timezone, { mtta: t("response.mtta"), mttr: t("response.mttr") }),
    });
  });
  return app;
}

/** The figures as they are shown; `–` where nothing was counted. */
function inWords({ answered, ended, mtta, mttr, acknowledged }: ResponseTimes, locale: Locale): object {
  const time = (ms: number | null): string => {
    if (ms === null) return "–";
    return ms < MINUTE ? `< ${roughDuration(MINUTE, locale)}` : roughDuration(ms, locale);
  };
  return {
    answered,
    ended,
    mtta: time(mtta),
    mttr: time(mttr),
    share: acknowledged === null ? "–" : `${Math.round(100 * acknowledged)} %`,
  };
}

/** The means of each week in minutes; a week without any is a gap in the line. */
function chartOf(
  { weeks }: ResponseReport,
  timeZone: string,
  labels: { readonly mtta: string; readonly mttr: string },
): object | undefined {
  const all = Object.entries(weeks).filter(([, { total }]) => total.mtta !== null || total.mttr !== null);
  if (all.length < 3) return undefined;
  const minutes = (ms: number | null): number | null => ms === null ? null : Math.round(ms / MINUTE);
  return {
    times: all.map(([week]) => Temporal.PlainDate.from(week).toZonedDateTime({ timeZone }).epochMilliseconds),
    series: [
      { label: labels.mttr, tone: "info", values: all.map(([, { total }]) => minutes(total.mttr)) },
      { label: labels.mtta, tone: "critical", values: all.map(([, { total }]) => minutes(total.mtta)) },
    ],
  };
}
