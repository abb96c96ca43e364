import { isOverdue } from "../domain/incident.ts";
import { alertOf } from "../intake/alert_of.ts";
import type { Change } from "../intake/change.ts";
import type { Intake } from "../intake/intake.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/**
 * Resolve the incidents whose senders only repeat them and have stopped. The groups that were notified of one are
 * notified of its end.
 *
 * @throws StoreError
 */
export async function clearSilent(
  { store: { log, incidents, silences }, groups }: UpkeepTools,
  { now }: UpkeepTime,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const incident of await incidents.open((incident) => isOverdue(incident, now))) {
    const alert = await alertOf(incident, log);
    const intake: Intake = {
      alert: { ...alert, status: "resolved", endsAt: now },
      fingerprint: incident.fingerprint,
      payload: `clear-${incident.id}`,
      now,
      assumed: true,
      silence: silences.covering(alert.labels, now, { status: "resolved" }),
      routes: Object.keys(incident.windows).flatMap((id) => {
        const group = groups.get(id);
        return group ? [{ group, by: "told_before" as const }] : [];
      }),
    };
    changes.push({ clearing: { lastId: incident.lastId, intake } });
  }
  return changes;
}
