import { SEVERITIES } from "../../domain/severity.ts";
import type { Facet } from "../shapes/incident_list.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import { bitOf, type Dimension } from "./selection.ts";
import { titleKey } from "./wanted.ts";

/** The limits of a facet: its values, the characters of a value, and the labels. */
const MAX = { values: 8, chars: 300, labels: 6 };

/** A label with more different values than this share of the incidents distinguishes too finely: its score is weighted. */
const NEARLY_UNIQUE = { share: 0.5, weight: 0.3 };

/** The most values of a label that are sorted by name, the most frequent ones. */
const MAX_COMPARED = 32;

/** Labels that another facet shows. */
const SHOWN = new Set(["severity", "alertname"]);

/** The dimensions that {@linkcode FacetCounter} counts; `holder` comes last, because most incidents have none. */
const COUNTED = ["severity", "acknowledged", "group", "dialect", "title", "holder"] as const;

/** The dimension of a bit: rows that fail only this condition are counted for its facet. */
const BY_BIT = new Map(COUNTED.map((dimension) => [bitOf(dimension), dimension]));

/**
 * Counts the incidents that a filter matches, by the values of each dimension. The values of a dimension are counted as if
 * the filter had no condition on it, so that a facet also shows the alternatives.
 */
export class FacetCounter {
  readonly #table: OpenTable;
  readonly #counts: Readonly<Record<Dimension, Uint32Array>>;
  readonly #pairs: Uint32Array;
  #wanted = 0;

  constructor(table: OpenTable) {
    this.#table = table;
    this.#counts = {
      severity: new Uint32Array(SEVERITIES.length),
      acknowledged: new Uint32Array(2),
      group: new Uint32Array(table.groupSets.bound),
      dialect: new Uint32Array(table.dialects.bound),
      title: new Uint32Array(table.titles.bound),
      holder: new Uint32Array(table.holders.bound),
    };
    this.#pairs = new Uint32Array(table.pairBound);
  }

  /** Counts a row. `failed`: the unmet conditions, as bits. */
  readonly count = (row: OpenRow, failed: number): void => {
    if (failed !== 0) {
      const dimension = BY_BIT.get(failed);
      const value = dimension && valueOf(row, dimension);
      if (value !== undefined) this.#counts[dimension!][value]!++;
      return;
    }
    this.#wanted++;
    const { severity, acknowledged, group, dialect, title, holder } = this.#counts;
    severity[row.severity]!++;
    acknowledged[row.acknowledged ? 1 : 0]!++;
    group[row.groups]!++;
    dialect[row.dialect]!++;
    title[row.title]!++;
    if (row.holder !== undefined) holder[row.holder]!++;
    if (row.labels) { for (const pair of row.labels) this.#pairs[pair]!++; }
  };

  /** The facets; labels come last, the most distinguishing first. `isHidden`: whether a label is not offered. */
  facets(isHidden: (label: string) => boolean = () => false): Facet[] {
    return [
      ...COUNTED.map((dimension) => this.#facet(dimension)),
      ...this.#labels((name) => SHOWN.has(name) || isHidden(name)),
    ].filter(({ values }) => values.length > 0);
  }

  #facet(by: Dimension): Facet {
    const all = new Map<string, number>();
    this.#counts[by].forEach((count, value) => {
      if (count === 0) return;
      for (const text of textsOf(this.#table, by, value)) all.set(text, (all.get(text) ?? 0) + count);
    });
    const isOrdered = by === "severity" || by === "acknowledged";
    const values = [...all].map(([value, count]) => ({ value, count }));
    if (!isOrdered) values.sort(mostFirst);
    return { by, values: values.slice(0, MAX.values), others: Math.max(0, values.length - MAX.values) };
  }

  #labels(isHidden: (name: string) => boolean): Facet[] {
    const table = this.#table;
    const counts = this.#pairs;
    /** By the number of the name: pairs, incidents, and the sum of squares, which measures how evenly they spread. */
    const names: ({ pairs: number; sum: number; squares: number } | undefined)[] = [];
    for (let pair = 0; pair < counts.length; pair++) {
      const count = counts[pair]!;
      if (count === 0) continue;
      const sums = names[table.nameOf(pair)] ??= { pairs: 0, sum: 0, squares: 0 };
      sums.pairs++;
      sums.sum += count;
      sums.squares += count * count;
    }
    const scored = [...names.entries()].flatMap(([number, sums]) => {
      if (!sums) return [];
      const { pairs, sum, squares } = sums;
      const differ = 1 - squares / (sum * sum); // the chance that two incidents differ
      const isNearlyUnique = pairs > NEARLY_UNIQUE.share * sum && pairs > MAX.values;
      const score = sum / this.#wanted * differ * (isNearlyUnique ? NEARLY_UNIQUE.weight : 1);
      const saysNothing = differ <= 0 || pairs === sum && this.#wanted > MAX.values;
      return saysNothing ? [] : [{ number, name: table.labelNames.textOf(number), pairs, score }];
    });
    const chosen = scored.filter(({ name }) => !isHidden(name))
      .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1)).slice(0, MAX.labels);
    const most = new Map(chosen.map(({ number }) => [number, new MostFrequent(MAX_COMPARED)]));
    for (let pair = 0; pair < counts.length; pair++) {
      if (counts[pair]! > 0) most.get(table.nameOf(pair))?.add(pair, counts[pair]!);
    }
    return chosen.map(({ number, name, pairs }) => {
      const values = most.get(number)!.all.map(({ pair, count }) => ({ value: table.valueOf(pair), count }))
        .filter(({ value }) => value.length <= MAX.chars).sort(mostFirst);
      return {
        by: "label",
        name,
        values: values.slice(0, MAX.values),
        others: pairs - Math.min(MAX.values, values.length),
      };
    });
  }
}

/** Collects the most frequent labels, at least `size` of them if there are so many. */
class MostFrequent {
  readonly all: { pair: number; count: number }[] = [];
  readonly #size: number;
  #least = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(pair: number, count: number): void {
    if (count <= this.#least) return;
    this.all.push({ pair, count });
    if (this.all.length < 2 * this.#size) return;
    this.all.sort((a, b) => b.count - a.count).length = this.#size;
    this.#least = this.all.at(-1)!.count;
  }
}

function textsOf(table: OpenTable, by: Dimension, value: number): string[] {
  switch (by) {
    case "severity":
      return [SEVERITIES[value]!];
    case "acknowledged":
      return [value === 0 ? "no" : "yes"];
    case "group":
      return table.groupsOf(value);
    case "dialect":
      return [table.dialects.textOf(value)];
    case "title":
      return [titleKey(table.titles.textOf(value))];
    case "holder":
      return [table.holders.textOf(value)];
  }
}

function valueOf(row: OpenRow, dimension: Dimension): number | undefined {
  switch (dimension) {
    case "severity":
      return row.severity;
    case "acknowledged":
      return row.acknowledged ? 1 : 0;
    case "group":
      return row.groups;
    case "dialect":
      return row.dialect;
    case "title":
      return row.title;
    case "holder":
      return row.holder;
  }
}

/** The most frequent first; of equal frequency, by name. */
function mostFirst(a: Facet["values"][number], b: Facet["values"][number]): number {
  return b.count - a.count || (a.value < b.value ? -1 : a.value > b.value ? 1 : 0);
}
