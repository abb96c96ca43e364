import { OWN_DIALECT } from "../domain/alert.ts";
import { derivedId, type Queued, reminderIds } from "../domain/record.ts";
import type { Incident } from "../domain/incident.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/**
 * Repeat open incidents to vendors whose alarms expire: an alarm at OCP ends unless it is repeated. No other destination is
 * notified and no window changes. A repeat is due when a period of the incident has ended since the last run.
 *
 * @throws StoreError
 */
export async function repeat(
  { store: { incidents, outbox }, config: { groups }, channels, courier }: UpkeepTools,
  { now, since }: UpkeepTime,
): Promise<void> {
  const expires = (name: string): boolean => channels.get(name)?.repeat !== undefined;
  // Most relays have no such destination and need not read their incidents.
  if (
    ![...groups.values()].some(({ destinations }) => destinations.some(({ channel }) => expires(channel)))
  ) return;
  for (const incident of await incidents.open(({ dialect }) => dialect !== OWN_DIALECT)) {
    for (const [id, { told: alert }] of Object.entries(incident.windows)) {
      for (const destination of groups.get(id)?.destinations ?? []) {
        const period = channels.get(destination.channel)?.repeat?.(destination.config);
        if (!period || periodsAt(incident, now, period) === periodsAt(incident, since, period)) continue;
        await outbox.enqueue(
          destination.lane,
          reminderOf(incident, { group: id, alert, destination: destination.id, now }),
        );
        courier.wake(destination.lane);
      }
    }
  }
}

/** How many periods have ended since the incident opened. */
function periodsAt({ openedAt }: Incident, at: number, period: number): number {
  return Math.floor((at - openedAt) / period);
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
