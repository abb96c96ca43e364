import { OWN_DIALECT } from "../domain/alert.ts";
import { derivedId, type Queued, reminderIds } from "../domain/record.ts";
import type { Incident } from "../domain/incident.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/**
 * Repeat open incidents to the vendors that forget them: an alarm at OCP is over when nobody repeats it. This notifies
 * nobody else and changes no window. An alarm is due when its period came round since this was last done.
 *
 * @throws StoreError
 */
export async function repeat(
  { store: { incidents, outbox }, config: { groups }, channels, courier }: UpkeepTools,
  { now, since }: UpkeepTime,
): Promise<void> {
  const forgets = (name: string): boolean => channels.get(name)?.repeat !== undefined;
  // Most relays have no such destination, and then need not look at their incidents.
  if (
    ![...groups.values()].some(({ destinations }) => destinations.some(({ channel }) => forgets(channel)))
  ) return;
  for (const incident of await incidents.open(({ dialect }) => dialect !== OWN_DIALECT)) {
    for (const [id, { told }] of Object.entries(incident.windows)) {
      for (const destination of groups.get(id)?.destinations ?? []) {
        const period = channels.get(destination.channel)?.repeat?.(destination.config);
        if (!period || roundAt(incident, now, period) === roundAt(incident, since, period)) continue;
        await outbox.enqueue(
          destination.lane,
          reminderOf(incident, { group: id, told, destination: destination.id, now }),
        );
        courier.wake(destination.lane);
      }
    }
  }
}

/** How often the period has come round. */
function roundAt({ openedAt }: Incident, at: number, period: number): number {
  return Math.floor((at - openedAt) / period);
}

/** One at a time: a reminder that still waits is replaced by the next one. */
function reminderOf(
  { fingerprint, severity }: Incident,
  { group, told, destination, now }: { group: string; told: string; destination: string; now: number },
): Queued {
  const id = derivedId(reminderIds(told), destination);
  return {
    id,
    alert: told,
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
