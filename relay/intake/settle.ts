import type { Change } from "./change.ts";
import { isSettled } from "../flap.ts";
import type { Group, GroupLookup } from "../group.ts";
import { isWhole } from "../record.ts";
import type { Journal } from "../store/journal.ts";
import type { Silences } from "../store/silences.ts";
import type { Incident } from "../incident.ts";
import type { Writer } from "./writer.ts";

/**
 * Tell the groups that were told of flapping once nothing has changed for long enough, and in which state it settled.
 * What a silence covers settles after it.
 *
 * @throws StoreError
 */
export async function settleFlapping(
  { journal, silences, writer, groups, wake }: {
    journal: Journal;
    silences: Silences;
    writer: Writer;
    groups: Pick<GroupLookup, "get">;
    wake: (lane: string) => void;
  },
  now: number,
): Promise<void> {
  const changes: Change[] = [];
  for (const incident of await journal.restless()) {
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
  for (const lane of await writer.change(changes)) wake(lane);

  async function isSilenced({ id }: Incident): Promise<boolean> {
    const first = await journal.alert(id);
    if (!first || !isWhole(first.alert)) return false;
    return silences.covering(first.alert.labels, now) !== undefined;
  }
}
