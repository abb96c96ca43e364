import { messageGroupOf, REPEAT_LEAD, repeatAt } from "../domain/grouping.ts";
import { wholeIn } from "../domain/record.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import { isSuppressed } from "./suppressed.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * Notify groups with `group_by` again of incidents that are still open after their `repeat_interval`. A silenced or inhibited
 * incident waits for the end of that.
 *
 * @throws StoreError
 */
export async function repeatMessages(
  { store, groups }: UpkeepTools,
  due: readonly Pick<DueIncident, "incident">[],
  now: number,
): Promise<IncidentUpdate[]> {
  const found = due.flatMap(({ incident }) =>
    Object.entries(incident.windows).flatMap(([id, { told }]) => {
      const group = groups.get(id);
      return group?.grouping && repeatAt(incident, group) - REPEAT_LEAD <= now
        ? [{ incident, group: { ...group, grouping: group.grouping }, told }]
        : [];
    })
  );
  const alerts = await store.records.alerts(found.map(({ told }) => told));
  return found.flatMap(({ incident, group, told }): IncidentUpdate[] => {
    const notified = wholeIn(alerts.get(told));
    if (!notified || isSuppressed(notified.labels, store, now)) return [];
    return [{
      kind: "repeat",
      fingerprint: incident.fingerprint,
      group,
      messageGroup: incident.messages?.[group.id]?.key ?? messageGroupOf(group, notified.labels),
      now,
    }];
  });
}
