import type { Incident } from "../../domain/incident.ts";
import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import { findIncidents } from "./find.ts";
import type { WantedIncidents } from "./wanted.ts";
import type { IncidentCounts, IncidentGroup } from "../shapes/incident_list.ts";
import { FacetCounter } from "./facets.ts";
import { type GroupBy, groupOf, IncidentGroups } from "./groups.ts";
import { pageOf, type SortOrder } from "./order.ts";
import { readPart } from "./part.ts";
import { scan } from "./scan.ts";
import { needsLabels } from "./selection.ts";
import { readOpenLabels } from "../../store/open_labels.ts";

/** What a page of the list of incidents asks for. */
export interface IncidentListQuery {
  readonly wanted: WantedIncidents;
  readonly sort: SortOrder;
  /** At most this many incidents, or groups. */
  readonly limit: number;
  /** The `next` of the previous page. */
  readonly after?: string | undefined;
  /** Whether a label is not offered as a facet. */
  readonly isHidden?: ((label: string) => boolean) | undefined;
  /** Milliseconds for counting. Default: what a page has for it. */
  readonly budget?: number;
}

/** What a page of groups asks for. */
export interface GroupListQuery extends IncidentListQuery {
  readonly groupBy: GroupBy;
  /** The value of the group whose first incidents are wanted, too. */
  readonly expanded?: string | undefined;
  /** Whether the incidents of groups of one are read. */
  readonly areRead?: boolean;
}

/** A page of incidents. */
export interface IncidentPage extends IncidentCounts {
  readonly incidents: readonly Incident[];
  readonly next?: string;
  /** Set if the search for the page's incidents ran out of time: it got back to this time. */
  readonly lookedBackTo?: number;
}

/** A page of groups. */
export interface GroupPage extends IncidentCounts {
  readonly groups: readonly IncidentGroup[];
  /** How many groups there are. */
  readonly groupCount: number;
  readonly next?: string;
  /** The incidents of groups of one, by id. */
  readonly single: ReadonlyMap<string, Incident>;
  /** Of the group that is expanded: its first incidents. */
  readonly members: readonly Incident[];
}

/** Milliseconds that counting takes at most, and reading labels that are missing after a start. */
const BUDGET = 40;
const LABELS_BUDGET = 20;

/** At most this many incidents of an expanded group. */
const MEMBERS = 20;

/** Everything that a list is made of, counted at one moment. */
interface Counted {
  readonly table: OpenTable;
  /** The newest first. */
  readonly rows: readonly OpenRow[];
  readonly counts: IncidentCounts;
  /** The incidents, where they were read to be counted. */
  readonly known?: ReadonlyMap<string, Incident> | undefined;
}

/** What the incidents that a filter wants have in common, and how they differ. @throws StoreError */
export async function countIncidents(
  store: StoreReader,
  query: Pick<IncidentListQuery, "wanted" | "isHidden" | "budget">,
): Promise<IncidentCounts> {
  return (await counted(store, query)).counts;
}

/** A page of the incidents that a filter wants. @throws StoreError */
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

/** A page of groups of the incidents that a filter wants. `expanded`: the value of a group. @throws StoreError */
export async function groupIncidents(
  store: StoreReader,
  { groupBy, expanded, areRead = false, ...query }: GroupListQuery,
): Promise<GroupPage> {
  const { sort, limit, after } = query;
  const { table, rows, counts, known } = await counted(store, query);
  const all = new IncidentGroups(rows, table, { groupBy, sort });
  const { groups, ...more } = all.page({ limit, after });
  const isIn = expanded === undefined ? undefined : groupOf(expanded, table, groupBy);
  const { rows: members } = pageOf(isIn ? rows.filter(isIn) : [], { sort, limit: MEMBERS });
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
  // Without labels a table of the largest size takes some milliseconds; expressions may take any time.
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

/** The id of a position. */
function idIn(after: string | undefined): string | undefined {
  return /^[0-3]~(.+)$/.exec(after ?? "")?.[1];
}
