import { isCalm } from "../domain/flap.ts";
import type { Group } from "../domain/group.ts";
import { wholeIn } from "../domain/record.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import { isRestless } from "../store/latest_incidents.ts";
import { isSuppressed } from "./suppressed.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * Notify groups of the end of flapping that they were notified of, with the state in which it ended. A silenced
 * or inhibited incident waits for the end of that.
 *
 * @throws StoreError
 */
export async function notifyOfCalm(
  { store: { records, silences, inhibitors }, groups }: UpkeepTools,
  due: readonly DueIncident[],
  now: number,
): Promise<IncidentUpdate[]> {
  const found = due.flatMap(({ incident }) => {
    if (!isRestless(incident)) return [];
    const calm = Object.entries(incident.flaps ?? {}).flatMap(
      ([group, flap]): { group: string; to: Group | undefined }[] => {
        const to = groups.get(group);
        return to?.flap && !isCalm(flap, to.flap, now) ? [] : [{ group, to }];
      },
    );
    const isNotified = calm.some(({ group }) => incident.flaps![group]!.told !== undefined);
    return calm.length === 0 ? [] : [{ incident, calm, isNotified }];
  });
  const firsts = await records.alerts(
    found.flatMap(({ incident, isNotified }) => isNotified ? incident.id : []),
  );
  return found.flatMap(({ incident: { id, fingerprint }, calm, isNotified }): IncidentUpdate[] => {
    const first = isNotified ? wholeIn(firsts.get(id)) : undefined;
    if (first && isSuppressed(first.labels, { silences, inhibitors }, now)) return [];
    return calm.map((target) => ({ kind: "calm", fingerprint, now, ...target }));
  });
}
