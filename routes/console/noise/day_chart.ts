import { DAY, HOUR } from "../../../relay/base/duration.ts";
import { parseZoned } from "../../../relay/base/time.ts";
import type { NotificationCounts } from "../../../relay/query/statistics.ts";
import { logAddress } from "../alerts/log_address.ts";
import { type BarChart, barChart } from "../charts/bars.ts";
import type { View } from "../shell.ts";

/** Outcomes by day, or by hour of one day; each bar leads to its part of the alert log. */
export function dayChart(
  { days }: NotificationCounts,
  { t }: Pick<View, "t">,
  { isDay, timezone }: { isDay: boolean; timezone: string },
): BarChart {
  return barChart({
    title: t(isDay ? "noise.byHour" : "noise.byDay"),
    unit: t("noise.unit"),
    of: t(isDay ? "overview.hour" : "folding.day"),
    series: (["told", "folded", "suppressed"] as const).map((kind) => ({
      label: t(`folding.${kind}`),
      tone: kind,
      sign: { told: "✓", folded: "≡", suppressed: "☾" }[kind],
    })),
    bars: [...days].map(([name, { told, folded, suppressed }]) => {
      const from = parseZoned(isDay ? `${name.replace(" ", "T")}:00` : `${name}T00:00`, { timezone })!;
      const label = isDay ? `${name.slice(11)}:00` : name.slice(5);
      return {
        label,
        mark: label,
        href: logAddress({ from, to: from + (isDay ? HOUR : DAY) }),
        values: [told, folded, suppressed],
      };
    }),
    marks: 7,
  });
}
