import { decodeTime } from "../base/ulid.ts";
import type { StoreReader } from "../store/reader.ts";
import type { LogFilter, LogPart, Summary } from "../domain/summary.ts";

/** Alerts that were found. */
export interface FoundAlerts {
  /** The newest first. */
  readonly alerts: readonly Summary[];
  /** Go on with alerts older than this id; `undefined`: there are no more. */
  readonly next?: string;
  /** The search ended before its time's end: it looked back to here, in epoch milliseconds, and no further. */
  readonly lookedBackTo?: number;
}

/** Which alerts are looked for. */
export interface LogSearch {
  readonly filter?: LogFilter;
  readonly part?: LogPart;
  readonly limit: number;
  /** Milliseconds after which it ends and says how far it came. Default: the store's. */
  readonly budget?: number;
}

/** Look for alerts in the log, the newest first. What comes in meanwhile shifts nothing of it. @throws StoreError */
export async function searchLog(
  { summaries, searchBudget }: Pick<StoreReader, "summaries" | "searchBudget">,
  { filter = {}, part = {}, limit, budget = searchBudget }: LogSearch,
): Promise<FoundAlerts> {
  const began = performance.now();
  const alerts: Summary[] = [];
  for await (const { listed, reached } of summaries.search(filter, part)) {
    for (const summary of listed) {
      if (alerts.length === limit) return { alerts, next: alerts.at(-1)!.id };
      alerts.push(summary);
    }
    if (performance.now() - began < budget) continue;
    const isFull = alerts.length === limit;
    return { alerts, next: reached, ...isFull ? {} : { lookedBackTo: decodeTime(reached.slice(0, 26)) } };
  }
  return { alerts };
}
