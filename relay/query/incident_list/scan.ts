import type { OpenRow, OpenTable } from "../../store/open_table.ts";
import type { WantedIncidents } from "./wanted.ts";
import { needsLabels, selectionOf } from "./selection.ts";

/** The clock is read after this many rows. */
const STEP = 128;

/** The result of a scan. */
export interface Scan {
  /** The matching rows, the newest first. */
  readonly rows: readonly OpenRow[];
  /** The number of examined rows. */
  readonly examined: number;
  /** The oldest examined row. */
  readonly last: OpenRow | undefined;
  /**
   * The reason why it stopped early: it found enough rows, the deadline passed, or the labels of the next row are not
   * read yet.
   */
  readonly stopped?: "most" | "time" | "unread";
}

/**
 * Examines the rows of a table, the newest first, until the deadline. It blocks the event loop.
 *
 * @param options `end`: the deadline, as `performance.now()` · `before`: only rows with smaller ids · `most`: at most this
 * many matching rows · `visit`: called for each row with the conditions that it fails
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
