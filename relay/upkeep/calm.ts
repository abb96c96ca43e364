import { isCalm } from "../domain/flap.ts";
import type { Group } from "../domain/group.ts";
import { wholeIn } from "../domain/record.ts";
import type { Incident } from "../domain/incident.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/**
 * Notify groups of the end of flapping that they were notified of, with the state in which it ended. An incident under a
 * silence waits for the end of the silence.
 *
 * @throws StoreError
 */
export async function notifyOfCalm(
  { store: { log, incidents, silences }, groups }: UpkeepTools,
  { now }: UpkeepTime,
): Promise<IncidentUpdate[]> {
  const updates: IncidentUpdate[] = [];
  for (const incident of await incidents.restless()) {
    const { fingerprint, flaps = {} } = incident;
    const calm = Object.entries(flaps).flatMap(
      ([group, flap]): { group: string; to: Group | undefined }[] => {
        const to = groups.get(group);
        return to?.flap && !isCalm(flap, to.flap, now) ? [] : [{ group, to }];
      },
    );
    const isNotified = calm.some(({ group }) => flaps[group]!.told !== undefined);
    if (calm.length === 0 || isNotified && await isSilenced(incident)) continue;
    for (const target of calm) updates.push({ kind: "calm", fingerprint, now, ...target });
  }
  return updates;

  async function isSilenced({ id }: Incident): Promise<boolean> {
    const first = wholeIn(await log.alert(id));
    return first !== undefined && silences.covering(first.labels, now) !== undefined;
  }
}
