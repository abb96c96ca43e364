import { eventTargets } from "../commands/event_targets.ts";
import { isExpired } from "../domain/expiry.ts";
import { primaryDestinations } from "../domain/group.ts";
import { alertIdsOf, alertOf } from "../intake/alert_of.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import { isSuppressed } from "./suppressed.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * End expired acknowledgements and snoozes: the notified groups of the incident get a message that it has no holder
 * now. Under a silence nobody is notified, and the first alert after it notifies them.
 *
 * @throws StoreError
 */
export async function expire(
  { store, groups, channels }: Pick<UpkeepTools, "store" | "groups" | "channels">,
  due: readonly Pick<DueIncident, "incident">[],
  now: number,
): Promise<IncidentUpdate[]> {
  const over = due.map(({ incident }) => incident)
    .filter((incident) => incident.closedAt === null && isExpired(incident, now));
  const alerts = await store.records.alerts(over.flatMap(alertIdsOf));
  return await Promise.all(over.map(async (incident): Promise<IncidentUpdate> => {
    const { labels } = alertOf(incident, alerts);
    return {
      kind: "expire",
      fingerprint: incident.fingerprint,
      groups: Object.keys(incident.windows).flatMap((id) => {
        const group = groups.get(id);
        return group ? [{ group, destinations: primaryDestinations(group) }] : [];
      }),
      shown: await eventTargets({ kind: "unacknowledge" }, incident, { store, groups, channels }),
      silenced: isSuppressed(labels, store, now),
      now,
    };
  }));
}
