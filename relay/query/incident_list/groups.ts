import { SEVERITIES } from "../../domain/severity.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { IncidentGroup } from "../shapes/incident_list.ts";
import type { SortOrder } from "./order.ts";

/** What incidents are grouped by: their title, or the value of a label. */
export type GroupBy = { readonly by: "title" } | { readonly by: "label"; readonly name: string };

/** Reads `title`, or `label:` with the name of a label; `undefined` for any other text. */
export function parseGroupBy(text: string): GroupBy | undefined {
  if (text === "title") return { by: "title" };
  const name = /^label:(.+)$/s.exec(text)?.[1];
  return name === undefined ? undefined : { by: "label", name };
}

interface Counted {
  readonly key: number;
  incidents: number;
  acknowledged: number;
  severity: number;
  newest: OpenRow;
  oldest: OpenRow;
}

/** Incidents without the label. */
const NONE = -1;

/** All groups of incidents, in order. */
export class IncidentGroups {
  readonly #table: OpenTable;
  readonly #groupBy: GroupBy;
  readonly #groups: readonly Counted[];

  /** `rows`: the newest first. */
  constructor(
    rows: readonly OpenRow[],
    table: OpenTable,
    { groupBy, sort }: { groupBy: GroupBy; sort: SortOrder },
  ) {
    this.#table = table;
    this.#groupBy = groupBy;
    const groups = counted(sort === "longest" ? rows.toReversed() : rows, keyFor(groupBy, table));
    this.#groups = sort === "worst"
      ? SEVERITIES.flatMap((_, severity) => groups.filter((group) => group.severity === severity))
      : groups;
  }

  /** How many there are. */
  get size(): number {
    return this.#groups.length;
  }

  /** Some of them. */
  page(from: number, limit: number): IncidentGroup[] {
    return this.#groups.slice(from, from + limit).map(({ key, severity, newest, oldest, ...counts }) => ({
      value: key === NONE ? null : textOf(key, this.#table, this.#groupBy),
      ...counts,
      severity: SEVERITIES[severity]!,
      newestAt: newest.openedAt,
      since: oldest.openedAt,
      newest: newest.id,
    }));
  }
}

/** The groups, in the order in which their first rows come. */
function counted(rows: readonly OpenRow[], keyOf: (row: OpenRow) => number): Counted[] {
  const groups = new Map<number, Counted>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    const acknowledged = row.acknowledged ? 1 : 0;
    if (!group) {
      const { severity } = row;
      groups.set(key, { key, incidents: 1, acknowledged, severity, newest: row, oldest: row });
      continue;
    }
    group.incidents++;
    group.acknowledged += acknowledged;
    if (row.severity < group.severity) group.severity = row.severity;
    if (row.id > group.newest.id) group.newest = row;
    else if (row.id < group.oldest.id) group.oldest = row;
  }
  return [...groups.values()];
}

function keyFor(groupBy: GroupBy, table: OpenTable): (row: OpenRow) => number {
  if (groupBy.by === "title") return ({ title }) => title;
  const name = table.labelNames.numberOf(groupBy.name);
  return ({ labels = [] }) => {
    for (const pair of labels) if (table.nameOf(pair) === name) return pair;
    return NONE;
  };
}

function textOf(key: number, table: OpenTable, { by }: GroupBy): string {
  return by === "title" ? table.titles.textOf(key) : table.valueOf(key);
}

/** Whether a row is in the group of a value; an empty text names those without the label. */
export function groupOf(value: string, table: OpenTable, groupBy: GroupBy): (row: OpenRow) => boolean {
  const keyOf = keyFor(groupBy, table);
  return (row) => {
    const key = keyOf(row);
    return key === NONE ? value === "" : value === textOf(key, table, groupBy);
  };
}
