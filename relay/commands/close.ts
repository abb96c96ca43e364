import type { Closing } from "../domain/close.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import { eventTargets, type IncidentTools } from "./event_targets.ts";

/**
 * Closes an incident for a person. One that is over already stays unchanged.
 *
 * @returns the incident as it is then; `undefined` if there is none with this id. @throws StoreError
 */
export async function close(
  { store, writer, wake, ...tools }: IncidentTools,
  id: string,
  closing: Closing,
): Promise<Incident | undefined> {
  const before = await store.incidents.get(id);
  if (!before || isOver(before)) return before;
  const { fingerprint } = before;
  const targets = await eventTargets("closed", before, { store, ...tools });
  const lanes = await writer.update([{ kind: "close", ...closing, fingerprint, incident: id, targets }]);
  for (const lane of lanes) wake(lane);
  return await store.incidents.get(id);
}
