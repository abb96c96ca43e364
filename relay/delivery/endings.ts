import { type LoggedAlert, type Queued, wholeIn } from "../domain/record.ts";
import type { StoreReader } from "../store/reader.ts";
import { type Ending, type Incident, isOver } from "../domain/incident.ts";

/**
 * The ends of the deliveries' incidents, by the delivery's id; absent while the incident is open. A later incident of
 * the same fingerprint does not count: it has notifications of its own.
 *
 * @throws StoreError
 */
export async function endingsOf(
  entries: readonly Pick<Queued, "id" | "alert" | "fingerprint" | "at">[],
  { records, incidents }: Pick<StoreReader, "records" | "incidents">,
): Promise<ReadonlyMap<string, Ending>> {
  const alerts = await records.alerts(entries.map(({ alert }) => alert));
  const stored = await records.incidents([...alerts.values()].flatMap(({ incident }) => incident ?? []));
  // Without the alert's record, the newest incident of the fingerprint shows whether it is still open.
  const forgotten = entries.filter(({ alert }) => !alerts.has(alert));
  const newest = forgotten.length === 0
    ? new Map<string, Incident>()
    : await incidents.latest(new Set(forgotten.map(({ fingerprint }) => fingerprint)));
  const over = new Map<string, { alert: LoggedAlert | undefined; incident: Incident | undefined }>();
  for (const { id, alert: alertId, fingerprint, at } of entries) {
    const alert = alerts.get(alertId);
    const incident = alert ? stored.get(alert.incident ?? "") : newest.get(fingerprint);
    const isOpen = incident !== undefined && !isOver(incident) &&
      (alert !== undefined || incident.openedAt <= at);
    if (!isOpen) over.set(id, { alert, incident: alert && incident });
  }
  const lasts = await records.alerts([...over.values()].flatMap(({ incident }) => incident?.lastId ?? []));
  return new Map(
    [...over].map(([id, { alert, incident }]) => {
      const last = incident && lasts.get(incident.lastId);
      return [id, { endedAt: endOf(last) ?? incident?.closedAt ?? endOf(alert) ?? null }];
    }),
  );
}

/** The end in a resolved alert, but never later than its receipt: a sender's clock may be wrong. */
function endOf(logged: LoggedAlert | undefined): number | undefined {
  const alert = wholeIn(logged);
  if (!logged || alert?.status !== "resolved") return undefined;
  return Math.min(alert.endsAt ?? logged.at, logged.at);
}
