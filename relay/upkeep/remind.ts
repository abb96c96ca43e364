import { type Alert, OWN_DIALECT } from "../domain/alert.ts";
import { isReminderDue } from "../domain/reminder.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { Group } from "../domain/group.ts";
import { HEARTBEAT_LOST } from "../domain/heartbeat.ts";
import { reminderIds, wholeIn } from "../domain/record.ts";
import { isSuppressed } from "./suppressed.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * Remind groups of critical incidents that nobody acknowledged. The incident stores the last reminder, so neither a
 * restart nor another instance sends it twice.
 *
 * @throws StoreError
 */
export async function remind(
  { store: { records, queues, silences, inhibitors }, groups }: UpkeepTools,
  due: readonly DueIncident[],
  now: number,
): Promise<IncidentUpdate[]> {
  const reminders = due.flatMap(({ incident }) =>
    Object.entries(incident.windows).flatMap(([id, { told }]) => {
      const group = groups.get(id);
      if (!group?.remind || !isReminderDue(incident, { group: id, remind: group.remind, now })) return [];
      return [{ fingerprint: incident.fingerprint, group, told }];
    })
  );
  const alerts = await records.alerts(reminders.map(({ told }) => told));
  const wanted = reminders.filter(({ told }) => {
    const notified = wholeIn(alerts.get(told));
    return notified && !isNeverReminded(notified) &&
      !isSuppressed(notified.labels, { silences, inhibitors }, now);
  });
  return await Promise.all(wanted.map(async ({ fingerprint, group, told }): Promise<IncidentUpdate> => ({
    kind: "reminder",
    fingerprint,
    group,
    except: await withQueuedReminder(group, told),
    now,
  })));

  /** The destinations whose last reminder is still queued; each gets at most one at a time. */
  async function withQueuedReminder({ destinations }: Group, told: string): Promise<Set<string>> {
    const lanes = [...new Set(destinations.map(({ lane }) => lane))];
    const queued = await Promise.all(lanes.map((lane) => queues.waiting(lane, reminderIds(told))));
    return new Set(queued.flat().map(({ destination }) => destination));
  }
}

/** Of the relay's own alerts, only a lost heartbeat gets reminders. */
function isNeverReminded({ dialect, labels }: Alert): boolean {
  return dialect === OWN_DIALECT && labels.alertname !== HEARTBEAT_LOST;
}
