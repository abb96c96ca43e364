import { isHeld } from "../domain/late_peer.ts";
import { isWhole } from "../domain/record.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import type { UpkeepTime, UpkeepTools } from "./upkeep.ts";

/**
 * Notify groups of firings that were held as a late peer's and that nothing contradicted. Each is decided like a new alert, so
 * the current silences and quiet hours apply.
 *
 * @throws StoreError
 */
export async function confirmHeld(
  { store: { log, incidents, silences }, groups }: UpkeepTools,
  { now }: UpkeepTime,
): Promise<IncidentUpdate[]> {
  const updates: IncidentUpdate[] = [];
  for (const { fingerprint, late } of await incidents.restless()) {
    if (!late || !isHeld({ late }) || late.until > now) continue;
    const held = await log.alert(late.alert);
    if (!held || !isWhole(held.alert)) continue;
    const { alert, routing } = held;
    const routes = routing.flatMap(({ group: id, by, rule }) => {
      const group = groups.get(id);
      return group ? [{ group, by, ...rule === undefined ? {} : { rule } }] : [];
    });
    const silence = silences.covering(alert.labels, now);
    const payload = `held-${late.alert}`;
    updates.push({
      kind: "confirm",
      held: late.alert,
      alert: { alert, fingerprint, payload, now, silence, routes },
    });
  }
  return updates;
}
