import type { Records } from "../store/records.ts";
import type { Silences } from "../store/silences.ts";
import { isOver } from "../domain/incident.ts";

/** The account in the audit log. */
const BY = "fenghuo";

/**
 * End the silences whose incidents are all over.
 *
 * @param options `incidents`: only silences that wait for one of these; by default all
 * @throws StoreError
 */
export async function liftResolved(
  { silences, records }: { silences: Silences; records: Pick<Records, "incidents"> },
  { now, incidents: of }: { now: number; incidents?: ReadonlySet<string> },
): Promise<void> {
  for (const { incidents, ...silence } of silences.awaiting(now)) {
    if (of && !incidents.some((id) => of.has(id))) continue;
    const found = await records.incidents(incidents);
    // A deleted incident is over; an incident that is only stale is not.
    if ([...found.values()].some((incident) => !isOver(incident))) continue;
    const until = new Date(silence.until).toISOString();
    await silences.put({ ...silence, incidents, expiredAt: now, expiredBy: "resolved" }, {
      by: BY,
      action: "ended",
      what: `silences/${silence.id}`,
      before: { until },
      after: { until: new Date(now).toISOString(), because: "its incidents are resolved" },
    });
  }
}
