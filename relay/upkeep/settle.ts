import { isSettled } from "../domain/flap.ts";
import type { Group } from "../domain/group.ts";
import { wholeIn } from "../domain/record.ts";
import type { Incident } from "../domain/incident.ts";
import type { Change } from "../intake/change.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/**
 * Notify the groups that were told of flapping once nothing has changed for long enough, with the state in which it
 * settled. An incident under a silence settles after the silence.
 *
 * @throws StoreError
 */
export async function settleFlapping(
  { store: { log, incidents, silences }, groups }: UpkeepTools,
  { now }: UpkeepTime,
): Promise<Change[]> {
  const changes: Change[] = [];
  for (const incident of await incidents.restless()) {
    const { fingerprint, flaps = {} } = incident;
    const settled = Object.entries(flaps).flatMap(
      ([group, flap]): { group: string; to: Group | undefined }[] => {
        const to = groups.get(group);
        return to?.flap && !isSettled(flap, to.flap, now) ? [] : [{ group, to }];
      },
    );
    const isTold = settled.some(({ group }) => flaps[group]!.told !== undefined);
    if (settled.length === 0 || isTold && await isSilenced(incident)) continue;
    for (const one of settled) changes.push({ settling: { fingerprint, now, ...one } });
  }
  return changes;

  async function isSilenced({ id }: Incident): Promise<boolean> {
    const first = wholeIn(await log.alert(id));
    return first !== undefined && silences.covering(first.labels, now) !== undefined;
  }
}
