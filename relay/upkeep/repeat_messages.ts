import type { Group } from "../domain/group.ts";
import { flushFrom, type Grouping, messageGroupOf, REPEAT_LEAD, repeatAt } from "../domain/grouping.ts";
import type { Incident } from "../domain/incident.ts";
import { wholeIn } from "../domain/record.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import { isSuppressed } from "./suppressed.ts";
import type { UpkeepTools } from "./upkeep.ts";

/** An incident that a group is to be notified of again. */
interface Repeat {
  readonly incident: Incident;
  readonly group: Group & { readonly grouping: Grouping };
  readonly messageGroup: string;
  /** The flush. */
  readonly at: number;
}

/**
 * Notify groups with `group_by` again of incidents that are still open after their `repeat_interval`, together with the others
 * of their message groups: from then on they are repeated in one message. A silenced or inhibited incident waits for the end of
 * that.
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
      const { grouping, ...group } = groups.get(id) ?? {};
      const at = grouping ? repeatAt(incident, { id, grouping }) : Infinity;
      if (at - REPEAT_LEAD > now) return [];
      return [{ incident, group: { ...group, grouping } as Repeat["group"], told, at }];
    })
  );
  if (found.length === 0) return [];
  const alerts = await store.records.alerts(found.map(({ told }) => told));
  const first = new Map<string, Repeat>();
  for (const { incident, group, told, at } of found) {
    const notified = wholeIn(alerts.get(told));
    if (!notified || isSuppressed(notified.labels, store, now)) continue;
    const messageGroup = incident.messages?.[group.id]?.key ?? messageGroupOf(group, notified.labels);
    const flush = flushFrom(at, group.grouping, now);
    const other = first.get(messageGroup);
    if (!other || flush < other.at) first.set(messageGroup, { incident, group, messageGroup, at: flush });
  }
  const repeats = await Promise.all([...first.values()].map((one) => withOthers(one, store)));
  const told = await store.records.alerts(
    repeats.flat().map(({ incident, group }) => incident.windows[group.id]!.told),
  );
  return repeats.flat().flatMap(({ incident, group, messageGroup, at }): IncidentUpdate[] => {
    const notified = wholeIn(told.get(incident.windows[group.id]!.told));
    if (!notified || isSuppressed(notified.labels, store, now)) return [];
    return [{ kind: "repeat", fingerprint: incident.fingerprint, group, messageGroup, at, now }];
  });
}

/** The incident and the other open ones of its message group that are not in the same message already. */
async function withOthers(
  repeat: Repeat,
  { incidents }: Pick<UpkeepTools["store"], "incidents">,
): Promise<Repeat[]> {
  const { incident, group, messageGroup, at } = repeat;
  const members = new Set(await incidents.messageGroups.members(messageGroup));
  members.add(incident.fingerprint); // before its group had `group_by`, it was in none
  const latest = await incidents.latest(members);
  return [...members].flatMap((fingerprint) => {
    const member = latest.get(fingerprint);
    const isRepeated = member && repeatAt(member, group) < Infinity &&
      (member.messages?.[group.id]?.due ?? -Infinity) < at;
    return isRepeated ? [{ ...repeat, incident: member }] : [];
  });
}
