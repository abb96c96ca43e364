import { MINUTE } from "../base/duration.ts";
import { OpenTally } from "../store/open_tally.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/** The interval of the count. */
const COUNTED_EVERY = 10 * MINUTE;

/** The most that are read. */
const READ = 5_000;

/**
 * On a shared store no instance has the open incidents in memory, and a scrape reads nothing: counts them for
 * `/metrics` regularly, as long as it is scraped.
 *
 * @throws StoreError
 */
export async function countOpen(
  { store: { isShared, incidents }, metrics }: UpkeepTools,
  { now }: UpkeepTime,
): Promise<void> {
  if (!isShared || !metrics.isScraped || now < metrics.countedAt + COUNTED_EVERY) return;
  const tally = new OpenTally();
  for (const incident of await incidents.newest("open", READ)) tally.changed(undefined, incident);
  metrics.counted(tally, now);
}
