import { labelsIn } from "../../domain/record.ts";
import type { Incident } from "../../domain/incident.ts";
import { OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import { newestIncidents } from "./newest.ts";
import type { WantedIncidents } from "./wanted.ts";

/** The most incidents that are read. */
const MAX_READ = 1_000;

/** The incidents that were read to count them. */
export interface IncidentPart {
  readonly table: OpenTable;
  readonly incidents: ReadonlyMap<string, Incident>;
  /** Set if some were not read: the time at which the last read one was opened. */
  readonly lookedBackTo?: number;
}

/**
 * Reads the newest incidents with their labels until the deadline, if the store has no table of them: closed
 * incidents, and all of a shared store.
 *
 * @param options `end`: the deadline, as `performance.now()`; a step that has begun is finished
 * @throws StoreError
 */
export async function readPart(
  { incidents: stored, records }: Pick<StoreReader, "incidents" | "records">,
  { state }: Pick<WantedIncidents, "state">,
  { end }: { end: number },
): Promise<IncidentPart> {
  const table = new OpenTable();
  const incidents = new Map<string, Incident>();
  let last: Incident | undefined;
  for await (const some of newestIncidents(stored, state)) {
    if (last && (performance.now() > end || incidents.size >= MAX_READ)) {
      return { table, incidents, lookedBackTo: last.openedAt };
    }
    const alerts = await records.alerts(some.map(({ id }) => id));
    for (const incident of some) {
      table.add(incident, labelsIn(alerts.get(incident.id)));
      incidents.set(incident.id, incident);
    }
    last = some.at(-1);
  }
  return { table, incidents };
}
