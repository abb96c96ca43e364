import { SEVERITIES } from "../../domain/severity.ts";
import type { OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import type { WallIncident } from "./twins.ts";

/** The most open incidents that are read from a shared store. */
const MAX_READ = 2_000;

/** The open incidents, the newest first; if there are too many, the newest of them. @throws StoreError */
export async function openIncidents(
  { incidents }: Pick<StoreReader, "incidents">,
): Promise<{ incidents: Iterable<WallIncident>; isPartial: boolean }> {
  const { openTable } = incidents;
  if (openTable) return { incidents: rowsIn(openTable), isPartial: openTable.floor !== "" };
  const open = await incidents.newest("open", MAX_READ + 1);
  return {
    incidents: open.slice(0, MAX_READ).map((one) => ({
      ...one,
      twins: `${one.severity} ${one.title}`,
      groups: Object.keys(one.windows),
    })),
    isPartial: open.length > MAX_READ,
  };
}

/** The rows of the table of a single writer, the newest first. */
function* rowsIn(table: OpenTable): Generator<WallIncident> {
  const groupsOf = new Map<number, string[]>();
  for (const { id, title, severity, openedAt, known, groups: set, removed } of table.rows.toReversed()) {
    if (removed) continue;
    let groups = groupsOf.get(set);
    if (!groups) groupsOf.set(set, groups = table.groupsOf(set));
    yield {
      id,
      twins: title * SEVERITIES.length + severity,
      title: table.titles.textOf(title),
      severity: SEVERITIES[severity]!,
      openedAt,
      known,
      groups,
    };
  }
}
