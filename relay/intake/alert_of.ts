import type { Alert } from "../domain/alert.ts";
import type { Incident } from "../domain/incident.ts";
import { type LoggedAlert, wholeIn } from "../domain/record.ts";

/** The ids of the alerts that {@linkcode alertOf} chooses from. */
export function alertIdsOf({ id, windows }: Incident): string[] {
  return [id, ...Object.values(windows).map(({ told }) => told).sort().reverse()];
}

/**
 * An alert of an incident: its first one if the log still has it, otherwise the newest one that a group was notified
 * of. An incident may be open for longer than the log retains alerts; then the alert is built from the incident's own
 * fields.
 *
 * @param alerts The log's records of {@linkcode alertIdsOf}
 */
export function alertOf(incident: Incident, alerts: ReadonlyMap<string, LoggedAlert>): Alert {
  for (const id of alertIdsOf(incident)) {
    const alert = wholeIn(alerts.get(id));
    if (alert) return alert;
  }
  const { dialect, severity, title, startsAt = null } = incident;
  const empty = { text: "", labels: {}, annotations: {}, endsAt: null, links: [] };
  return { dialect, status: "firing", severity, title, startsAt, ...empty };
}
