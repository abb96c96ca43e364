import { act as effectOf, auditNoteOf, timelineEntryOf } from "../domain/act.ts";
import type { Action, ActOptions, ActResult } from "../domain/action.ts";
import type { Incident } from "../domain/incident.ts";
import { eventTargets, type IncidentTools } from "./event_targets.ts";

/** Our choice: at most this many decisions while others are notified of the incident. */
const MAX_TRIES = 4;

/**
 * Acts on an incident for a person. The commit decides the effect of the action: of two people who act at once, the
 * second one is refused.
 *
 * @returns `undefined` if there is no incident with this id. @throws StoreError
 */
export async function act(
  { store, writer, wake, ...tools }: IncidentTools,
  id: string,
  { action, options }: { action: Action; options: ActOptions },
): Promise<ActResult | undefined> {
  for (let tries = 1;; tries++) {
    const incident = await store.incidents.get(id);
    if (!incident) return undefined;
    const { fingerprint } = incident;
    const targets = await eventTargets(action, incident, { store, ...tools });
    let result: ActResult | "outdated" | undefined;
    const decided = (last: typeof result): void => void (result = last);
    const anyway = tries === MAX_TRIES;
    const lanes = await writer.update([
      { kind: "action", fingerprint, incident, action, options, targets, decided, anyway },
    ]);
    for (const lane of lanes) wake(lane);
    if (result !== "outdated") return result ?? await annotate(store.incidents, id, { action, options });
  }
}

/** Adds a note to a closed incident that decides nothing. */
async function annotate(
  incidents: IncidentTools["store"]["incidents"],
  id: string,
  { action, options }: { action: Action; options: ActOptions },
): Promise<ActResult | undefined> {
  let result: ActResult | undefined;
  const change = (before: Incident): ReturnType<Parameters<typeof incidents.annotate>[1]["change"]> => {
    const acted = effectOf(before, action, options);
    if ("refused" in acted) {
      result = { incident: before, ...acted };
      return undefined;
    }
    const { incident: after } = acted;
    result = { incident: after, before };
    return { after, note: auditNoteOf(before, acted, options), entry: timelineEntryOf(acted, options) };
  };
  await incidents.annotate(id, { change, now: options.now });
  return result;
}
