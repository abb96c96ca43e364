import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { WantedIncidents } from "./wanted.ts";
import { needsLabels, selectionOf } from "./selection.ts";

/** Rows that are examined before the clock is read. */
const STEP = 128;

/** The part of a table that a scan examined. */
export interface Scan {
  /** The wanted rows, the newest first. */
  readonly rows: readonly OpenRow[];
  /** How many were examined. */
  readonly examined: number;
  /** The oldest row that was examined. */
  readonly last: OpenRow | undefined;
  /** Why others are left: the rows suffice, the time was over, or the labels of the next one are not read. */
  readonly stopped?: "most" | "time" | "unread";
}

/**
 * Examines the rows of a table, the newest first, until the time is over. The event loop waits for it.
 *
 * @param options `end`: of the time, as `performance.now()` · `before`: only rows with smaller ids · `most`: at most this
 * many wanted rows · `visit`: called for each row with the conditions that it fails
 */
export function scan(
  table: OpenTable,
  wanted: WantedIncidents,
  { end, before, most = Infinity, visit }: {
    end: number;
    before?: string | undefined;
    most?: number;
    visit?: (row: OpenRow, failed: number) => void;
  },
): Scan {
  const failedBy = selectionOf(wanted, table);
  const isLabelled = needsLabels(wanted);
  const { rows: all } = table;
  const rows: OpenRow[] = [];
  let examined = 0;
  let last: OpenRow | undefined;
  for (let index = (before === undefined ? all.length : table.indexOf(before)) - 1; index >= 0; index--) {
    const row = all[index]!;
    if (row.removed) continue;
    if (rows.length >= most) return { rows, examined, last, stopped: "most" };
    if (isLabelled && row.labels === undefined) return { rows, examined, last, stopped: "unread" };
    if (examined % STEP === STEP - 1 && performance.now() > end) {
      return { rows, examined, last, stopped: "time" };
    }
    examined++;
    last = row;
    const failed = failedBy(row);
    if (failed === 0) rows.push(row);
    visit?.(row, failed);
  }
  return { rows, examined, last };
}
