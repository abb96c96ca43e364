import { labelsIn } from "../domain/record.ts";
import type { OpenTable } from "./open_table.ts";
import type { Records } from "./records.ts";

/** The number of first alerts that are read at a time; the alerts of one commit share a page of the log. */
const STEP = 200;

/**
 * Reads the labels that an {@linkcode OpenTable} lacks after a start, the newest incidents first, until the time
 * limit.
 *
 * @param options `budget`: in milliseconds; a started step is finished · `rest`: milliseconds between two steps
 * @throws StoreError
 */
export async function readOpenLabels(
  table: OpenTable,
  records: Pick<Records, "alerts">,
  { budget, rest }: { budget: number; rest?: number },
): Promise<void> {
  const end = performance.now() + budget;
  while (table.unread > 0 && performance.now() < end) {
    const ids = table.unreadIds(STEP);
    const alerts = await records.alerts(ids);
    for (const id of ids) table.learn(id, labelsIn(alerts.get(id)));
    if (rest !== undefined) await new Promise((resolve) => setTimeout(resolve, rest));
  }
}
