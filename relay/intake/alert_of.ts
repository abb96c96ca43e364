import type { Alert } from "../domain/alert.ts";
import { wholeIn } from "../domain/record.ts";
import type { AlertLog } from "../store/alert_log.ts";
import type { Incident } from "../domain/incident.ts";

/**
 * An alert of an incident: its first one if the log still has it, else the newest one that a group was notified of. An
 * incident may be open for longer than the log retains alerts; then the alert is built from the incident's own fields.
 *
 * @throws StoreError
 */
export async function alertOf(incident: Incident, log: AlertLog): Promise<Alert> {
  const notified = Object.values(incident.windows).map(({ told }) => told).sort().reverse();
  for (const id of [incident.id, ...notified]) {
    const alert = wholeIn(await log.alert(id));
    if (alert) return alert;
  }
  const { dialect, severity, title, startsAt = null } = incident;
  const empty = { text: "", labels: {}, annotations: {}, endsAt: null, links: [] };
  return { dialect, status: "firing", severity, title, startsAt, ...empty };
}
