import { DAY } from "../base/duration.ts";
import type { Reason } from "../domain/outcome.ts";
import type { Queued } from "../domain/record.ts";
import { type Recurrence, recurrenceOf, relationKeys } from "../domain/related.ts";
import type { StoreReader } from "../store/reader.ts";

/** The frequency of an alert in the last `days` days. */
export interface RecentRecurrence extends Recurrence {
  readonly days: number;
}

/** The reasons of notifications that show the recurrence. */
const REASONS: ReadonlySet<Reason> = new Set(["first", "changed", "escalation"]);

/** Our choice: with fewer earlier incidents nothing is shown. */
const MIN_EARLIER = 2;

/** Looks up the recent frequency of a delivery's alert, with one read of the index. @throws StoreError */
export async function recentRecurrence(
  { alert, fingerprint, reason }: Pick<Queued, "alert" | "fingerprint" | "reason">,
  { ended }: Pick<StoreReader, "ended">,
  now: number,
): Promise<RecentRecurrence | undefined> {
  if (!REASONS.has(reason)) return undefined;
  const found = await ended.of(relationKeys({ fingerprint, dialect: "", title: "" }, "").alert!, now);
  const recurrence = recurrenceOf(found.ended, { self: alert, more: found.more });
  if (!recurrence || recurrence.earlier < MIN_EARLIER) return undefined;
  return { ...recurrence, days: Math.max(1, Math.round(ended.period / DAY)) };
}
