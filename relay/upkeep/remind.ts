import { type Alert, OWN_DIALECT } from "../domain/alert.ts";
import { isReminderDue } from "../domain/acknowledge.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { Group } from "../domain/group.ts";
import { HEARTBEAT_LOST } from "../domain/heartbeat.ts";
import { reminderIds, wholeIn } from "../domain/record.ts";
import type { Incident, Window } from "../domain/incident.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/**
 * Remind groups of critical incidents that nobody acknowledged. The incident stores the last reminder, so no restart and no
 * other instance sends it twice.
 *
 * @throws StoreError
 */
export async function remind(
  { store: { log, incidents, outbox, silences }, config: { groups } }: UpkeepTools,
  { now }: UpkeepTime,
): Promise<IncidentUpdate[]> {
  if (![...groups.values()].some(({ remind }) => remind)) return [];
  const dueOf = (incident: Incident): Group[] =>
    Object.keys(incident.windows).flatMap((id) => {
      const group = groups.get(id);
      if (!group?.remind || !isReminderDue(incident, { group: id, remind: group.remind, now })) return [];
      return [group];
    });
  const updates: IncidentUpdate[] = [];
  const isDue = (incident: Incident): boolean => dueOf(incident).length > 0;
  for (const incident of await incidents.open(isDue)) {
    for (const group of dueOf(incident)) {
      const window = incident.windows[group.id]!;
      const notified = wholeIn(await log.alert(window.told));
      if (!notified || isNeverReminded(notified)) continue;
      if (silences.covering(notified.labels, now) !== undefined) continue;
      const except = await withQueuedReminder(group, window);
      const { fingerprint } = incident;
      updates.push({ kind: "reminder", fingerprint, group, except, now });
    }
  }
  return updates;

  /** The destinations whose last reminder is still queued; each gets at most one at a time. */
  async function withQueuedReminder({ destinations }: Group, { told }: Window): Promise<Set<string>> {
    const waiting = new Set<string>();
    for (const lane of new Set(destinations.map(({ lane }) => lane))) {
      for (const { destination } of await outbox.waiting(lane, reminderIds(told))) waiting.add(destination);
    }
    return waiting;
  }
}

/** Of the relay's own alerts, only a lost heartbeat gets reminders. */
function isNeverReminded({ dialect, labels }: Alert): boolean {
  return dialect === OWN_DIALECT && labels.alertname !== HEARTBEAT_LOST;
}
