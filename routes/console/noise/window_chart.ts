import { formatDuration } from "../../../relay/base/time.ts";
import type { WindowCurve } from "../../../relay/query/noise/window_curve.ts";
import { percent, scaleFor } from "../charts/scale.ts";
import { formatNumber } from "../format_number.ts";
import type { View } from "../shell.ts";

/** The curve of a group's windows, as data for `templates/console/noise/window.eta`; lengths are percentages. */
export interface WindowChart {
  readonly axis: readonly string[];
  /** `x,y` pairs for a polyline in a box of 100 by 100. */
  readonly line: string;
  readonly points: readonly {
    readonly x: string;
    readonly y: string;
    readonly slot: { readonly x: string; readonly width: string };
    readonly title: string;
    readonly mark: string;
    readonly value: string;
    readonly isCurrent: boolean;
  }[];
}

/** Lays out the curve: neighbouring windows are equally far apart, because each is about twice the previous one. */
export function windowChart(
  { points }: WindowCurve,
  current: number,
  { t, locale }: Pick<View, "t" | "locale">,
): WindowChart {
  const scale = scaleFor(points.map(({ counts }) => counts.told));
  const slot = 1 / points.length;
  const at = points.map(({ counts }, index) => ({
    x: (index + 0.5) * slot,
    y: 1 - counts.told / scale.end,
  }));
  return {
    axis: scale.marks.map(formatNumber),
    line: at.map(({ x, y }) => `${(100 * x).toFixed(2)},${(100 * y).toFixed(2)}`).join(" "),
    points: points.map(({ window, counts, longestWait }, index) => ({
      x: percent(at[index]!.x, 1),
      y: percent(at[index]!.y, 1),
      slot: { x: percent(index * slot, 1), width: percent(slot, 1) },
      mark: window === 0 ? t("noise.off") : formatDuration(window, locale),
      value: formatNumber(counts.told),
      title: t("noise.point", {
        window: window === 0 ? t("noise.off") : formatDuration(window, locale),
        told: formatNumber(counts.told),
        wait: formatDuration(longestWait, locale),
      }),
      isCurrent: window === current,
    })),
  };
}
