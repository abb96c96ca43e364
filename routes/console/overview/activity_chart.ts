import { HOUR } from "../../../relay/base/duration.ts";
import { formatDuration, formatTime } from "../../../relay/base/time.ts";
import { type Activity, ACTIVITY_RANGES, STACKED_KINDS } from "../../../relay/query/overview/activity.ts";
import { logAddress } from "../alerts/log_address.ts";
import { type BarChart, barChart } from "../charts/bars.ts";
import { formatNumber } from "../format_number.ts";
import { SEVERITY_SIGNS } from "../severity_signs.ts";
import type { View } from "../shell.ts";

/** The firing alerts of a period as stacked bars; each leads to its part of the alert log. */
export function activityChart(
  { range, steps, total }: Activity,
  { t, locale }: Pick<View, "t" | "locale">,
  { timezone }: { timezone: string },
): BarChart {
  const { step } = ACTIVITY_RANGES[range];
  const kinds = STACKED_KINDS.filter((kind) => kind !== "unknown" || total.unknown > 0);
  const spansDays = step > HOUR;
  return barChart({
    title: t("overview.activity.title", {
      step: formatDuration(step, locale),
      resolved: formatNumber(total.resolved),
    }),
    unit: t("overview.activity.unit"),
    of: t("overview.activity.when"),
    series: kinds.map((kind) => ({
      label: kind === "unknown" ? t("overview.activity.unknown") : t(`severity.${kind}`),
      tone: kind,
      sign: kind === "unknown" ? "" : SEVERITY_SIGNS[kind],
    })),
    bars: steps.map(({ from, to, counts }) => {
      const [day = "", time = ""] = formatTime(from, { timezone }).split(" ");
      const clock = time.slice(0, 5);
      const isMidnight = from % HOUR === 0 && clock < "06:00"; // of steps that are not whole days from UTC
      return {
        label: `${spansDays ? `${day.slice(5)} ` : ""}${clock}–${formatTime(to, { timezone }).slice(11, 16)}`,
        mark: !spansDays ? clock : isMidnight ? day.slice(5) : undefined,
        href: logAddress({ from, to }, { status: "firing" }),
        values: kinds.map((kind) => counts[kind]),
      };
    }),
    marks: spansDays ? steps.length : 6,
  });
}
