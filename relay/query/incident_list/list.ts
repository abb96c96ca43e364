import type { Incident } from "../../domain/incident.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import { findIncidents } from "./find.ts";
import type { WantedIncidents } from "./wanted.ts";
import type { IncidentCounts, IncidentGroup } from "../shapes/incident_list.ts";
import { FacetCounter } from "./facets.ts";
import { type GroupBy, IncidentGroups, isInGroup } from "./groups.ts";
import { pageOf, type SortOrder } from "./order.ts";
import { readPart } from "./part.ts";
import { quietRows } from "./quiet_rows.ts";
import { scan } from "./scan.ts";
import { needsLabels } from "./selection.ts";
import { readOpenLabels } from "../../store/open_labels.ts";

/** The query for a page of the list of incidents. */
export interface IncidentListQuery {
  readonly wanted: WantedIncidents;
  readonly sort: SortOrder;
  /** The most incidents, or groups. */
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly after?: string | undefined;
  /** Whether a label is not offered as a facet. */
  readonly isHidden?: ((label: string) => boolean) | undefined;
  /** The time limit for counting, in milliseconds. */
  readonly budget?: number;
}

/** The query for a page of groups. */
export interface GroupListQuery extends IncidentListQuery {
  readonly groupBy: GroupBy;
  /** At this time, in epoch milliseconds, incidents are silenced or not. */
  readonly now: number;
  /** The value of the group whose first incidents are also returned. */
  readonly expanded?: string | undefined;
  /** Whether the incidents of groups of one are also returned. */
  readonly areRead?: boolean;
}

/** A page of incidents. */
export interface IncidentPage extends IncidentCounts {
  readonly incidents: readonly Incident[];
  readonly next?: string;
  /** Set if the time limit was reached: the search got back to this time. */
  readonly lookedBackTo?: number;
}

/** A page of groups. */
export interface GroupPage extends IncidentCounts {
  readonly groups: readonly IncidentGroup[];
  /** The number of all groups. */
  readonly groupCount: number;
  readonly next?: string;
  /** The incidents of groups of one, by id. */
  readonly single: ReadonlyMap<string, Incident>;
  /** The first incidents of the expanded group. */
  readonly members: readonly Incident[];
}

/** The time limits of counting, and of reading labels that are missing after a start, in milliseconds. */
const BUDGET = 40;
const LABELS_BUDGET = 20;

/** The most incidents of an expanded group that are returned. */
const MAX_MEMBERS = 20;

/** The rows that a filter matches, and their counts. */
interface Counted {
  readonly table: OpenTable;
  /** The newest first. */
  readonly rows: readonly OpenRow[];
  readonly counts: IncidentCounts;
  /** The incidents themselves, if they had to be read to be counted. */
  readonly known?: ReadonlyMap<string, Incident> | undefined;
}

/** Counts the incidents that a filter matches, with their facets. @throws StoreError */
export async function countIncidents(
  store: StoreReader,
  query: Pick<IncidentListQuery, "wanted" | "isHidden" | "budget">,
): Promise<IncidentCounts> {
  return (await counted(store, query)).counts;
}

/** A page of the incidents that a filter matches. @throws StoreError */
export async function listIncidents(store: StoreReader, query: IncidentListQuery): Promise<IncidentPage> {
  const { wanted, sort, limit, after } = query;
  const { rows, counts, known } = await counted(store, query);
  if (known && sort === "newest") {
    const { next, ...found } = await findIncidents(store, wanted, { limit, before: idIn(after) });
    return { ...counts, ...found, ...next !== undefined && { next: `0~${next}` } };
  }
  const { rows: page, next } = pageOf(rows, { sort, limit, after });
  const incidents = await incidentsOf(page, { store, known });
  return { ...counts, incidents, ...next !== undefined && { next } };
}

/** A page of groups of the incidents that a filter matches. @throws StoreError */
export async function groupIncidents(
  store: StoreReader,
  { groupBy, expanded, areRead = false, now, ...query }: GroupListQuery,
): Promise<GroupPage> {
  const { sort, limit, after } = query;
  const { table, rows, counts, known } = await counted(store, query);
  const all = new IncidentGroups(rows, table, { groupBy, sort });
  const { groups, ...more } = all.page({ limit, after, quietOf: quietRows(store, { table, now }) });
  const isIn = expanded === undefined ? undefined : isInGroup(expanded, table, groupBy);
  const { rows: members } = pageOf(isIn ? rows.filter(isIn) : [], { sort, limit: MAX_MEMBERS });
  const alone = areRead ? groups.filter(({ incidents }) => incidents === 1) : [];
  const singles = alone.flatMap(({ newest }) => table.rowOf(newest) ?? []);
  const found = await incidentsOf([...singles, ...members], { store, known });
  const byId = new Map(found.map((incident) => [incident.id, incident]));
  return {
    ...counts,
    groups,
    groupCount: all.size,
    single: byId,
    members: members.flatMap(({ id }) => byId.get(id) ?? []),
    ...more,
  };
}

async function counted(
  store: StoreReader,
  { wanted, isHidden, budget = BUDGET }: Pick<IncidentListQuery, "wanted" | "isHidden" | "budget">,
): Promise<Counted> {
  const { openTable } = store.incidents;
  if (wanted.state !== "open" || !openTable) {
    const part = await readPart(store, wanted, { end: performance.now() + budget });
    const { table, incidents, lookedBackTo } = part;
    const { rows, counter } = count(table, wanted, Infinity);
    const counts = {
      ...totalsOf(rows),
      facets: counter.facets(isHidden),
      ...lookedBackTo !== undefined && { part: { examined: table.size, lookedBackTo } },
    };
    return { table, rows, counts, known: incidents };
  }
  await readOpenLabels(openTable, store.records, { budget: LABELS_BUDGET });
  // Without conditions on labels, the largest table takes a few milliseconds; regular expressions have no such limit.
  const end = needsLabels(wanted) ? performance.now() + budget : Infinity;
  const { rows, last, examined, stopped, counter } = count(openTable, wanted, end);
  const isPart = stopped !== undefined || openTable.floor !== "";
  const unread = needsLabels(wanted) ? 0 : openTable.unread; // otherwise the scan has stopped before them
  const counts: IncidentCounts = {
    ...totalsOf(rows),
    facets: counter.facets(isHidden),
    ...isPart && last && { part: { examined, lookedBackTo: last.openedAt } },
    ...unread > 0 && { unread },
  };
  return { table: openTable, rows, counts };
}

function totalsOf(rows: readonly OpenRow[]): Pick<IncidentCounts, "total" | "unacknowledged"> {
  let unacknowledged = 0;
  for (const { acknowledged } of rows) if (!acknowledged) unacknowledged++;
  return { total: rows.length, unacknowledged };
}

function count(
  table: OpenTable,
  wanted: WantedIncidents,
  end: number,
): ReturnType<typeof scan> & { counter: FacetCounter } {
  const counter = new FacetCounter(table);
  return { ...scan(table, wanted, { end, visit: counter.count }), counter };
}

async function incidentsOf(
  rows: readonly OpenRow[],
  { store, known }: { store: StoreReader; known: Counted["known"] },
): Promise<Incident[]> {
  const ids = rows.map(({ id }) => id);
  const all = known ?? await store.records.incidents(ids);
  return ids.flatMap((id) => {
    const incident = all.get(id);
    return incident && (known || incident.closedAt === null) ? [incident] : [];
  });
}

/** The incident's id in a position. */
function idIn(after: string | undefined): string | undefined {
  return /^[0-3]~(.+)$/.exec(after ?? "")?.[1];
}
