import type { Alert } from "../domain/alert.ts";
import { wholeIn } from "../domain/record.ts";
import type { AlertLog } from "../store/alert_log.ts";
import type { Incident } from "../domain/incident.ts";

/**
 * An alert of an incident: its first one if the log still has it, else the newest one that a group was notified of. An
 * incident may be open for longer than alerts are kept; then the alert is made from the incident's own fields.
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
  const nothing = { text: "", labels: {}, annotations: {}, endsAt: null, links: [] };
  return { dialect, status: "firing", severity, title, startsAt, ...nothing };
}
