import { OWN_DIALECT } from "../domain/alert.ts";
import { lastPeriod } from "../domain/due.ts";
import { derivedId, type Queued, reminderIds } from "../domain/record.ts";
import type { Incident } from "../domain/incident.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * Repeat open incidents to vendors whose alarms expire: an alarm at OCP ends unless it is repeated. Other
 * destinations are not notified, and windows are unchanged. A repeat is due when a period of the incident has ended
 * since the last run.
 *
 * @throws StoreError
 */
export async function repeat(
  { store: { queues }, groups, channels, courier }: UpkeepTools,
  due: readonly DueIncident[],
  now: number,
): Promise<void> {
  const repeats = due.flatMap(({ incident, since }) => {
    if (incident.dialect === OWN_DIALECT || incident.closedAt !== null) return [];
    return Object.entries(incident.windows).flatMap(([id, { told: alert }]) =>
      (groups.get(id)?.destinations ?? []).flatMap(({ id: destination, channel, config, lane, isStep }) => {
        if (isStep) return []; // notified when its step is taken
        const period = channels.get(channel)?.repeat?.(config);
        if (!period || lastPeriod(incident, now, period) <= since) return [];
        return [{ lane, entry: reminderOf(incident, { group: id, alert, destination, now }) }];
      })
    );
  });
  await Promise.all(repeats.map(({ lane, entry }) => queues.enqueue(lane, entry)));
  for (const { lane } of repeats) courier.wake(lane);
}

/** The queue entry of a repeat. Its id is constant, so that it replaces a repeat that is still queued. */
function reminderOf(
  { fingerprint, severity }: Incident,
  { group, alert, destination, now }: { group: string; alert: string; destination: string; now: number },
): Queued {
  const id = derivedId(reminderIds(alert), destination);
  return {
    id,
    alert,
    fingerprint,
    group,
    destination,
    reason: "reminder",
    severity,
    folded: 0,
    payload: id,
    at: now,
  };
}
