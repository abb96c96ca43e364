import "../../../relay/base/temporal.ts";
import { Hono } from "hono";
import { z } from "zod";
import { formatDuration as writeDuration, parseDuration } from "../../../relay/base/duration.ts";
import { windowPolicyOf } from "../../../relay/domain/window_policy.ts";
import { formatDuration, formatTime } from "../../../relay/base/time.ts";
import { wholeIn } from "../../../relay/domain/record.ts";
import type { RoutedBy } from "../../../relay/domain/rules.ts";
import type { Noise } from "../../../relay/query/shapes/statistics.ts";
import type { NotificationCounts } from "../../../relay/query/statistics.ts";
import { lastHours } from "../../../relay/domain/tally.ts";
import type { Shell } from "../shell.ts";
import { whereaboutsOf } from "../whereabouts.ts";

/** In hours. */
const PERIODS = { "24h": 24, "7d": 7 * 24, "30d": 30 * 24 } as const;

/** Time limit for reading the log, in milliseconds. */
const BUDGET = { first: 30, long: 5_000 };

/** At most this many fingerprints are listed. */
const NOISIEST = 15;

const query = z.object({
  period: z.enum(["24h", "7d", "30d"]).catch("24h"),
  group: z.string().optional(),
  window: z.string().default("").transform((text) => text.slice(0, 20)), // a longer text is no duration either
  look: z.enum(["long"]).optional().catch(undefined),
});

/**
 * `GET /noise`: the noise report: duplicates, the noisiest incidents, and what another window would
 * change.
 */
export function noisePages(shell: Shell): Hono {
  const { relay } = shell;
  const { alerts: log, config, figures, incidents } = relay.query;
  const app = new Hono();

  app.get("/noise", async (c) => {
    const view = await shell.open(c);
    const { now, locale, t } = view;
    const asked = query.parse(c.req.query());
    const period = lastHours(PERIODS[asked.period], now);
    const folding = await figures.folding(period, (ms) => formatTime(ms, config).slice(0, 10));
    const group = config.groups.get(asked.group ?? "") ?? config.groups.get(busiest(folding) ?? "") ??
      [...config.groups.values()][0];
    const other = asked.window || writeDuration(2 * (group?.window || 300_000));
    const window = parseDuration(other);
    const { alerts, lookedBackTo, noisiest, whatIf } = await figures.survey(period, {
      limit: NOISIEST,
      budget: BUDGET[asked.look ?? "first"],
      staleAfter: config.staleAfter,
      group: group && windowPolicyOf(group),
      window,
    });
    const search = new URLSearchParams({
      period: asked.period,
      window: other,
      ...group ? { group: group.id } : {},
      look: "long",
    });
    return await view.html("console/noise", {
      title: t("folding.title"),
      period: asked.period,
      periods: Object.keys(PERIODS),
      folding,
      rules: [...folding.rules].map(([by, counts]) => ({ name: ruleName(by), counts })),
      chart: chartOf(folding, config.timezone, { told: t("folding.told"), folded: t("folding.folded") }),
      noisiest: await Promise.all(noisiest.map(named)),
      alerts,
      lookedBackTo,
      longer: asked.look === undefined ? `/noise?${search}` : undefined,
      groups: [...config.groups.keys()],
      group: group?.id,
      window: other,
      wrong: window === undefined,
      windows: group && {
        now: formatDuration(group.window, locale),
        then: formatDuration(window ?? group.window, locale),
      },
      whatIf,
    });

    function ruleName(by: string): string {
      const rule = /^rule:(\d+)$/.exec(by);
      if (!rule) return t(`folding.by.${by as Exclude<RoutedBy, "rule">}`);
      const matchers = config.rules[Number(rule[1])]?.matchers.map(({ name, operator, value }) =>
        `${name}${operator}"${value}"`
      );
      return `${t("folding.by.rule", { number: Number(rule[1]) + 1 })}${
        matchers ? ` ${matchers.join(", ")}` : ""
      }`;
    }
  });
  return app;

  async function named(noise: Noise): Promise<object> {
    const incident = noise.incident === null ? undefined : await incidents.get(noise.incident);
    const first = wholeIn(noise.incident === null ? undefined : await log.get(noise.incident));
    const place = whereaboutsOf(first, config.labelRules);
    return { ...noise, title: incident?.title ?? noise.fingerprint, place };
  }
}

/** The group with the most alerts. */
function busiest({ groups }: NotificationCounts): string | undefined {
  return [...groups].toSorted(([, a], [, b]) => b.told + b.folded - a.told - a.folded)[0]?.[0];
}

function chartOf(
  { days }: NotificationCounts,
  timeZone: string,
  labels: { told: string; folded: string },
): object | undefined {
  if (days.size < 3) return undefined;
  const times = [...days.keys()].map((day) =>
    Temporal.PlainDate.from(day).toZonedDateTime({ timeZone }).epochMilliseconds
  );
  const counts = [...days.values()];
  return {
    times,
    series: [{ label: labels.told, tone: "critical", values: counts.map(({ told }) => told) }, {
      label: labels.folded,
      tone: "info",
      values: counts.map(({ folded }) => folded),
    }],
  };
}
