import { SEVERITIES } from "../../domain/severity.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { IncidentGroup } from "../shapes/incident_list.ts";
import type { Quiet } from "../quiet.ts";
import type { SortOrder } from "./order.ts";
import { titleKey } from "./wanted.ts";

/** Incidents are grouped by their title, or by the value of a label. */
export type GroupBy = { readonly by: "title" } | { readonly by: "label"; readonly name: string };

/** Parses `title`, or `label:` with the name of a label; `undefined` for any other text. */
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

type QuietCounts = { readonly [K in Quiet]?: number };

/** The key of the incidents without the label. */
const NONE = -1;

/** All groups of incidents, in order. */
export class IncidentGroups {
  readonly #table: OpenTable;
  readonly #groupBy: GroupBy;
  readonly #sort: SortOrder;
  readonly #rows: readonly OpenRow[];
  readonly #groups: readonly Counted[];

  /** `rows`: the newest first. */
  constructor(
    rows: readonly OpenRow[],
    table: OpenTable,
    { groupBy, sort }: { groupBy: GroupBy; sort: SortOrder },
  ) {
    this.#table = table;
    this.#groupBy = groupBy;
    this.#sort = sort;
    this.#rows = rows;
    const groups = counted(sort === "longest" ? rows.toReversed() : rows, keyFor(groupBy, table));
    this.#groups = sort === "worst"
      ? groups.sort((a, b) => a.severity - b.severity || b.incidents - a.incidents)
      : groups;
  }

  /** The number of groups. */
  get size(): number {
    return this.#groups.length;
  }

  /** A page of the groups. `after`: the `next` of the previous page; any other text starts from the beginning. */
  page(
    { limit, after = "", quietOf }: {
      limit: number;
      after?: string | undefined;
      /** Whether a row is quiet; `undefined`: none is. */
      quietOf?: ((row: OpenRow) => Quiet | undefined) | undefined;
    },
  ): {
    groups: IncidentGroup[];
    next?: string;
  } {
    const [, severity, incidents, newest, oldest] = POSITION.exec(after) ?? [];
    const from = oldest === undefined ? 0 : this.#groups.findIndex((group) => {
      if (this.#sort === "longest") return group.oldest.id > oldest;
      if (this.#sort === "newest") return group.newest.id < newest!;
      const differs = group.severity - Number(severity) || Number(incidents) - group.incidents;
      return differs > 0 || differs === 0 && group.newest.id < newest!;
    });
    const page = from < 0 ? [] : this.#groups.slice(from, from + limit);
    const last = page.at(-1);
    const isMore = last !== undefined && from + limit < this.#groups.length;
    const quiet = quietOf ? this.#quiet(page, quietOf) : new Map<number, QuietCounts>();
    const groups = page.map((group) => ({ ...this.#shown(group), ...quiet.get(group.key) }));
    return { groups, ...isMore && { next: positionOf(last) } };
  }

  /** The quiet incidents of some groups, by the groups' keys. */
  #quiet(page: readonly Counted[], quietOf: (row: OpenRow) => Quiet | undefined): Map<number, QuietCounts> {
    const keyOf = keyFor(this.#groupBy, this.#table);
    const wanted = new Set(page.map(({ key }) => key));
    const counts = new Map<number, QuietCounts>();
    for (const row of this.#rows) {
      const key = keyOf(row);
      const quiet = wanted.has(key) ? quietOf(row) : undefined;
      if (!quiet) continue;
      const own = counts.get(key) ?? {};
      counts.set(key, { ...own, [quiet]: (own[quiet] ?? 0) + 1 });
    }
    return counts;
  }

  #shown({ key, severity, newest, oldest, ...counts }: Counted): IncidentGroup {
    return {
      value: key === NONE ? null : textOf(key, this.#table, this.#groupBy),
      ...counts,
      severity: SEVERITIES[severity]!,
      newestAt: newest.openedAt,
      since: oldest.openedAt,
      newest: newest.id,
    };
  }
}

/** A position: the severity, the size, and the newest and the oldest incident of a group at the time of the page. */
const POSITION = /^([0-3])~(\d{1,9})~([^~]+)~([^~]+)$/;

function positionOf({ severity, incidents, newest, oldest }: Counted): string {
  return [severity, incidents, newest.id, oldest.id].join("~");
}

/** The groups, in the order of their first rows. */
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
  if (groupBy.by === "title") {
    const numbers = new Map<string, number>(); // of long titles that begin alike
    const keys: number[] = [];
    return ({ title }) => {
      const known = keys[title];
      if (known !== undefined) return known;
      const key = titleKey(table.titles.textOf(title));
      const number = numbers.get(key) ?? title;
      numbers.set(key, number);
      return keys[title] = number;
    };
  }
  const name = table.labelNames.numberOf(groupBy.name);
  return ({ labels = [] }) => {
    for (const pair of labels) if (table.nameOf(pair) === name) return pair;
    return NONE;
  };
}

function textOf(key: number, table: OpenTable, { by }: GroupBy): string {
  return by === "title" ? titleKey(table.titles.textOf(key)) : table.valueOf(key);
}

/** A check whether a row is in the group of a value; an empty value is the group without the label. */
export function isInGroup(value: string, table: OpenTable, groupBy: GroupBy): (row: OpenRow) => boolean {
  const keyOf = keyFor(groupBy, table);
  return (row) => {
    const key = keyOf(row);
    return key === NONE ? value === "" : value === textOf(key, table, groupBy);
  };
}
