import { isWhole, type LoggedAlert, type Queued } from "./record.ts";
import type { Store } from "./store/store.ts";
import { type Incident, isOver } from "./incident.ts";

/** That what a delivery tells of is over, and since when, in epoch milliseconds; `null` where nobody knows any more. */
export interface Ending {
  readonly endedAt: number | null;
}

/**
 * Those of some deliveries whose incident is over by now, by their ids. What is not among them still burns. An incident that
 * opened later is another one: its own notifications tell of it.
 *
 * @throws StoreError
 */
export async function endingsOf(
  entries: readonly Pick<Queued, "id" | "alert" | "fingerprint" | "at">[],
  { records, journal }: Pick<Store, "records" | "journal">,
): Promise<ReadonlyMap<string, Ending>> {
  const alerts = await records.alerts(entries.map(({ alert }) => alert));
  const incidents = await records.incidents([...alerts.values()].flatMap(({ incident }) => incident ?? []));
  // Of what the log has forgotten, the newest incident of the fingerprint says whether it still burns.
  const forgotten = entries.filter(({ alert }) => !alerts.has(alert));
  const newest = forgotten.length === 0
    ? new Map<string, Incident>()
    : await journal.known(new Set(forgotten.map(({ fingerprint }) => fingerprint)));
  const over = new Map<string, { alert: LoggedAlert | undefined; incident: Incident | undefined }>();
  for (const { id, alert: alertId, fingerprint, at } of entries) {
    const alert = alerts.get(alertId);
    const incident = alert ? incidents.get(alert.incident ?? "") : newest.get(fingerprint);
    // Of one that fell silent nobody has said that it is over.
    const burns = incident !== undefined && !isOver(incident) &&
      (alert !== undefined || incident.openedAt <= at);
    if (!burns) over.set(id, { alert, incident: alert && incident });
  }
  const lasts = await records.alerts([...over.values()].flatMap(({ incident }) => incident?.lastId ?? []));
  return new Map(
    [...over].map(([id, { alert, incident }]) => {
      const last = incident && lasts.get(incident.lastId);
      return [id, { endedAt: endOf(last) ?? incident?.closedAt ?? endOf(alert) ?? null }];
    }),
  );
}

/** When a resolved alert says that it ended; never after it was received, whatever its sender's clock says. */
function endOf(logged: LoggedAlert | undefined): number | undefined {
  if (!logged || !isWhole(logged.alert) || logged.alert.status !== "resolved") return undefined;
  return Math.min(logged.alert.endsAt ?? logged.at, logged.at);
}
