import type { Incident } from "../../domain/incident.ts";
import { readOpenLabels } from "../../store/open_labels.ts";
import type { OpenTable } from "../../store/open_table.ts";
import type { StoreReader } from "../../store/reader.ts";
import type { WantedIncidents } from "./wanted.ts";
import { scan } from "./scan.ts";

/** The time limit of one scan, in milliseconds: it blocks the event loop. */
const SLICE = 20;

/** The open incidents of a table that a filter matches. */
export interface FoundOpen {
  /** The ids, the newest first. */
  readonly ids: readonly string[];
  /** The id after which to continue, if there are more. */
  readonly next?: string;
  /** Set if the time limit was reached: the time at which the last examined incident was opened. */
  readonly lookedBackTo?: number;
}

/** Finds open incidents in the table, the newest first. @throws StoreError */
export async function findOpen(
  { records }: Pick<StoreReader, "records">,
  table: OpenTable,
  { wanted, limit, before, end }: {
    wanted: WantedIncidents;
    limit: number;
    before?: string | undefined;
    /** The deadline, as `performance.now()`. */
    end: number;
  },
): Promise<FoundOpen> {
  const ids: string[] = [];
  for (let from = before;;) {
    const slice = Math.max(Math.min(performance.now() + SLICE, end), performance.now());
    const { rows, last, stopped } = scan(table, wanted, {
      end: slice,
      before: from,
      most: limit - ids.length,
    });
    ids.push(...rows.map(({ id }) => id));
    if (stopped === undefined) return { ids };
    from = last?.id ?? from;
    if (stopped === "most") return from === undefined ? { ids } : { ids, next: from };
    const isOver = performance.now() > end && last !== undefined;
    if (isOver) return { ids, next: last.id, lookedBackTo: last.openedAt };
    if (stopped === "unread") await readOpenLabels(table, records, { budget: SLICE });
    else await new Promise((resolve) => setTimeout(resolve));
  }
}

/** Reads the incidents with these ids that are still open, in the order of the ids. @throws StoreError */
export async function openWith(
  ids: readonly string[],
  { records }: Pick<StoreReader, "records">,
): Promise<Incident[]> {
  const stored = await records.incidents(ids);
  return ids.flatMap((id) => {
    const incident = stored.get(id);
    return incident?.closedAt === null ? [incident] : [];
  });
}
