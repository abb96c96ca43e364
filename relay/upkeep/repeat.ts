import { OWN_DIALECT } from "../domain/alert.ts";
import type { Group } from "../domain/group.ts";
import { derivedId, type Queued, reminderIds } from "../domain/record.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Incidents } from "../store/incidents.ts";
import type { Outbox } from "../store/outbox.ts";
import type { Incident } from "../domain/incident.ts";

/** What repeating works with. */
export interface RepeatOptions {
  readonly incidents: Incidents;
  readonly outbox: Outbox;
  readonly groups: ReadonlyMap<string, Group>;
  readonly channels: ChannelRegistry;
  /** Called with each lane that got work. */
  readonly wake: (lane: string) => void;
}

/**
 * Repeat open incidents to the vendors that forget them: an alarm at OCP is over when nobody repeats it. This notifies
 * nobody else and changes no window.
 *
 * @param time `since`: when this was last done. An alarm is due when its period came round in between.
 * @throws StoreError
 */
export async function repeat(
  { incidents, outbox, groups, channels, wake }: RepeatOptions,
  { now, since }: { now: number; since: number },
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
        wake(destination.lane);
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
