import { isHeld } from "../domain/late_peer.ts";
import { isWhole } from "../domain/record.ts";
import type { IncidentUpdate } from "../intake/updates.ts";
import { storedRoutes } from "./stored_routes.ts";
import type { DueIncident } from "../store/due_incidents.ts";
import type { UpkeepTools } from "./upkeep.ts";

/**
 * Notify groups of firings that were held as a late peer's and that nothing contradicted. Each is decided like a new alert, so
 * the current silences and quiet hours apply.
 *
 * @throws StoreError
 */
export async function confirmHeld(
  { store: { records, silences }, groups }: UpkeepTools,
  due: readonly DueIncident[],
  now: number,
): Promise<IncidentUpdate[]> {
  const waiting = due.flatMap(({ incident: { fingerprint, late } }) =>
    late && isHeld({ late }) && late.until <= now ? [{ fingerprint, id: late.alert }] : []
  );
  const alerts = await records.alerts(waiting.map(({ id }) => id));
  return waiting.flatMap(({ fingerprint, id }): IncidentUpdate[] => {
    const held = alerts.get(id);
    if (!held || !isWhole(held.alert)) return [];
    const { alert, routing } = held;
    const routes = storedRoutes(routing, groups);
    const silence = silences.covering(alert.labels, now);
    return [{
      kind: "confirm",
      held: id,
      alert: { alert, fingerprint, payload: `held-${id}`, now, silence, routes },
    }];
  });
}
