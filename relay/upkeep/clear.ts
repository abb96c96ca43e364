import { lapsesAt } from "../domain/renewal.ts";
import { alertIdsOf, alertOf } from "../intake/alert_of.ts";
import type { PreparedAlert } from "../intake/pipeline.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * Resolve the incidents whose senders only repeat them and have stopped. The notified groups of an incident are
 * notified of its end.
 *
 * @throws StoreError
 */
export async function clearSilent(
  { store: { records, silences, upSince }, groups }: Pick<UpkeepTools, "store" | "groups">,
  due: readonly Pick<DueIncident, "incident">[],
  now: number,
): Promise<IncidentUpdate[]> {
  const overdue = due.map(({ incident }) => incident)
    .filter((incident) => incident.closedAt === null && lapsesAt(incident, { upSince }) <= now);
  const alerts = await records.alerts(overdue.flatMap(alertIdsOf));
  return overdue.map((incident): IncidentUpdate => {
    const shown = alertOf(incident, alerts);
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
    return { kind: "clear", lastId: incident.lastId, lastAt: incident.lastAt, alert };
  });
}
