import { type Note, noteOf, withNote } from "../domain/acknowledge.ts";
import type { Incidents } from "../store/incidents.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import type { Writer } from "../intake/writer.ts";

/**
 * Acknowledges an incident, or adds a note. A closed incident only accepts a note.
 *
 * @returns the updated incident; `undefined` if there is none with this id. @throws StoreError
 */
export async function acknowledge(
  { incidents, writer }: { incidents: Incidents; writer: Writer },
  id: string,
  note: Note,
): Promise<Incident | undefined> {
  const before = await incidents.get(id);
  if (!before) return undefined;
  const { fingerprint } = before;
  const isCurrent = (await incidents.latest(new Set([fingerprint]))).get(fingerprint)?.id === id;
  if (isCurrent) await writer.update([{ kind: "note", ...note, fingerprint, incident: id }]);
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
