import { nextStep } from "../domain/escalation_step.ts";
import { withOverrides } from "../domain/override.ts";
import { wholeIn } from "../domain/record.ts";
import { eventTargets } from "../commands/event_targets.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import { isSuppressed } from "./suppressed.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * Take the steps of escalations that are due. A silenced or inhibited incident waits for the end of that.
 *
 * @throws StoreError
 */
export async function escalate(
  { store, groups, channels }: Pick<UpkeepTools, "store" | "groups" | "channels">,
  due: readonly Pick<DueIncident, "incident">[],
  now: number,
): Promise<IncidentUpdate[]> {
  const groupOf = (id: string): ReturnType<typeof groups.get> => groups.get(id);
  const found = due.flatMap(({ incident }) =>
    Object.keys(incident.escalations ?? {}).flatMap((id) => {
      const group = groups.get(id);
      const next = group && nextStep(incident, group, { now, groupOf });
      const told = incident.windows[id]?.told;
      return next && next.due <= now && told !== undefined ? [{ incident, group, told }] : [];
    })
  );
  const alerts = await store.records.alerts(found.map(({ told }) => told));
  const wanted = found.filter(({ told }) => {
    const notified = wholeIn(alerts.get(told));
    return !notified || !isSuppressed(notified.labels, store, now);
  });
  return await Promise.all(wanted.map(async ({ incident, group }): Promise<IncidentUpdate> => ({
    kind: "escalate",
    fingerprint: incident.fingerprint,
    group: withOverrides(group, store.overrides.of(group.id)),
    groupOf,
    targets: await eventTargets({ kind: "escalate" }, incident, { store, groups, channels }),
    now,
  })));
}
