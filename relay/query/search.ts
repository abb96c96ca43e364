import { decodeTime } from "../base/ulid.ts";
import type { StoreReader } from "../store/reader.ts";
import type { LogFilter, LogPart, Summary } from "../domain/summary.ts";

/** The result of a search. */
export interface FoundAlerts {
  /** The newest first. */
  readonly alerts: readonly Summary[];
  /** The id before which to continue; `undefined` at the end. */
  readonly next?: string;
  /** Set if the time limit was reached: the search got back to this time, in epoch milliseconds. */
  readonly lookedBackTo?: number;
}

/** The filter of a search, and its bounds. */
export interface LogSearch {
  readonly filter?: LogFilter;
  readonly part?: LogPart;
  readonly limit: number;
  /** The time limit, in milliseconds. Default: the store's. */
  readonly budget?: number;
}

/** Searches the log, the newest alerts first. New alerts do not shift the pages. @throws StoreError */
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
