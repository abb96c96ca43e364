import { type Note, noteOf, withNote } from "../domain/acknowledge.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import type { EventTarget } from "../intake/updates.ts";
import type { IncidentTools } from "./event_targets.ts";

/**
 * Acknowledges an incident, or adds a note. A closed incident only accepts a note.
 *
 * @returns the updated incident; `undefined` if there is none with this id. @throws StoreError
 */
export async function acknowledge(
  { store, writer, wake, ...tools }: IncidentTools,
  id: string,
  note: Note,
): Promise<Incident | undefined> {
  const { incidents } = store;
  const before = await incidents.get(id);
  if (!before) return undefined;
  const { fingerprint } = before;
  const isCurrent = (await incidents.latest(new Set([fingerprint]))).get(fingerprint)?.id === id;
  if (isCurrent) {
    let targets: EventTarget[] = [];
    if (note.known) {
      const { eventTargets } = await import("./event_targets.ts"); // not loaded by a start
      targets = await eventTargets("acknowledged", before, { store, ...tools });
    }
    const lanes = await writer.update([{ kind: "note", ...note, fingerprint, incident: id, targets }]);
    for (const lane of lanes) wake(lane);
  }
  // It may have been closed just before the write.
  const after = await incidents.get(id);
  if (!after || isCurrent && !isOver(after)) return after;
  return await incidents.annotate(id, {
    now: note.now,
    change: (over) => {
      const noted = withNote(over, note);
      return noted && { after: noted, note: noteOf(over, noted, note) };
    },
  });
}
