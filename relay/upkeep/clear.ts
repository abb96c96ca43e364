import { isOverdue } from "../domain/incident.ts";
import { alertOf } from "../intake/alert_of.ts";
import type { PreparedAlert } from "../intake/pipeline.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
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
): Promise<IncidentUpdate[]> {
  const updates: IncidentUpdate[] = [];
  for (const incident of await incidents.open((incident) => isOverdue(incident, now))) {
    const shown = await alertOf(incident, log);
    const alert: PreparedAlert = {
      alert: { ...shown, status: "resolved", endsAt: now },
      fingerprint: incident.fingerprint,
      payload: `clear-${incident.id}`,
      now,
      assumed: true,
      silence: silences.covering(shown.labels, now, { status: "resolved" }),
      routes: Object.keys(incident.windows).flatMap((id) => {
        const group = groups.get(id);
        return group ? [{ group, by: "told_before" as const }] : [];
      }),
    };
    updates.push({ kind: "clear", lastId: incident.lastId, alert });
  }
  return updates;
}
