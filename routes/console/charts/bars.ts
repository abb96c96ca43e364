/**
 * Bars over time or categories, as data for `templates/console/parts/bars.eta`: SVG whose lengths are percentages, so
 * that it fits any width without a script, and the same figures as a table.
 *
 * @module
 */
import { formatNumber } from "../format_number.ts";
import { percent, scaleFor } from "./scale.ts";

/** One kind of figure: a colour of the stacks, or one of several bars side by side. */
export interface Series {
  readonly label: string;
  /** A class of the stylesheet: `critical` … */
  readonly tone: string;
  /** A sign that distinguishes it from others without its colour. */
  readonly sign?: string;
}

/** A bar, or adjacent bars for one label. */
export interface Bar {
  /** The first column of the table. */
  readonly label: string;
  /** Below the axis, if there is room for it. */
  readonly mark?: string | undefined;
  readonly href?: string | undefined;
  /** One value for each series. `null`: nothing was measured. */
  readonly values: readonly (number | null)[];
  /** Whether it is emphasised, such as the current value. */
  readonly isCurrent?: boolean | undefined;
}

/** The content of a chart. */
export interface BarsOptions {
  /** The counted quantity and its period. */
  readonly title: string;
  /** The unit of the axis. */
  readonly unit: string;
  /** The heading of the table's first column. */
  readonly of: string;
  readonly series: readonly Series[];
  readonly bars: readonly Bar[];
  /** `stacked`: the first series at the bottom · `grouped`: side by side. */
  readonly shape?: "stacked" | "grouped";
  /** A figure in words. Default: with grouped thousands. */
  readonly words?: (value: number) => string;
  /** The total of each series in the legend. Default: its sum. */
  readonly totals?: readonly string[];
  /** The most labels below the axis. */
  readonly marks?: number;
}

/** The share of its slot that a bar fills. */
const FILLS = 0.76;

/** The least height of a part that is not 0, in percent of the chart. */
const LEAST = 1.2;

/** A rectangle in percent of the chart. */
interface Rectangle {
  readonly tone: string;
  readonly x: string;
  readonly y: string;
  readonly width: string;
  readonly height: string;
}

/** The data of the template. */
export interface BarChart {
  readonly title: string;
  readonly unit: string;
  readonly of: string;
  readonly legend: readonly (Series & { readonly total: string })[];
  /** The labels from the bottom. */
  readonly axis: readonly string[];
  readonly slots: readonly {
    readonly title: string;
    readonly href: string | undefined;
    readonly isCurrent: boolean;
    /** The area of the whole height, for the pointer. */
    readonly x: string;
    readonly width: string;
    readonly parts: readonly Rectangle[];
  }[];
  readonly marks: readonly { readonly x: string; readonly text: string }[];
  readonly rows: readonly {
    readonly label: string;
    readonly href: string | undefined;
    readonly cells: readonly string[];
  }[];
  readonly isEmpty: boolean;
}

/** Lays out a chart. */
export function barChart(
  {
    title,
    unit,
    of,
    series,
    bars,
    shape = "stacked",
    words = formatNumber,
    totals,
    marks = 8,
  }: BarsOptions,
): BarChart {
  const isStacked = shape === "stacked";
  const heights = bars.flatMap(({ values }) => isStacked ? [sum(values)] : values.map((value) => value ?? 0));
  const { end, marks: axis } = scaleFor(heights);
  const slot = 1 / bars.length;
  const every = Math.max(1, Math.ceil(bars.length / marks));
  return {
    title,
    unit,
    of,
    legend: series.map((one, index) => ({
      ...one,
      total: totals?.[index] ?? words(sum(bars.map(({ values }) => values[index] ?? 0))),
    })),
    axis: axis.map(words),
    slots: bars.map(({ label, values, href, isCurrent = false }, index) => ({
      title: `${label}\n${titleOf(values, series, words)}`,
      href,
      isCurrent,
      x: percent(index * slot, 1),
      width: percent(slot, 1),
      parts: isStacked
        ? stackOf(values, { series, end, x: (index + (1 - FILLS) / 2) * slot, width: FILLS * slot })
        : groupOf(values, { series, end, x: (index + (1 - FILLS) / 2) * slot, width: FILLS * slot }),
    })),
    // Counted from the end: the newest bar always has its label.
    marks: bars.flatMap(({ mark }, index) =>
      mark === undefined || (bars.length - 1 - index) % every !== 0
        ? []
        : [{ x: percent((index + 0.5) * slot, 1), text: mark }]
    ),
    rows: bars.map(({ label, href, values }) => ({
      label,
      href,
      cells: values.map((value) => value === null ? "–" : words(value)),
    })),
    isEmpty: bars.every(({ values }) => values.every((value) => !value)),
  };
}

interface Place {
  readonly series: readonly Series[];
  readonly end: number;
  readonly x: number;
  readonly width: number;
}

function stackOf(values: readonly (number | null)[], { series, end, x, width }: Place): Rectangle[] {
  let below = 0;
  return values.flatMap((value, index) => {
    if (!value) return [];
    const height = Math.max(LEAST, 100 * value / end);
    below = Math.min(100, below + height);
    return [rectangle(series[index]!.tone, { x, width, height, top: below })];
  });
}

function groupOf(values: readonly (number | null)[], { series, end, x, width }: Place): Rectangle[] {
  const own = width / values.length;
  return values.flatMap((value, index) => {
    if (!value) return [];
    const height = Math.max(LEAST, 100 * value / end);
    return [rectangle(series[index]!.tone, { x: x + index * own, width: own * 0.94, height, top: height })];
  });
}

function rectangle(
  tone: string,
  { x, width, height, top }: { x: number; width: number; height: number; top: number },
): Rectangle {
  return {
    tone,
    x: percent(x, 1),
    width: percent(width, 1),
    y: percent(100 - top, 100),
    height: percent(height, 100),
  };
}

function titleOf(
  values: readonly (number | null)[],
  series: readonly Series[],
  words: (value: number) => string,
): string {
  const said = values.flatMap((value, index) => value ? [`${series[index]!.label}: ${words(value)}`] : []);
  return said.length === 0 ? "–" : said.join("\n");
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce((all: number, value) => all + (value ?? 0), 0);
}
