import { acknowledgementEntry, earlierEntries } from "../domain/earlier_timeline.ts";
import type { Incident } from "../domain/incident.ts";
import type { TimelineEntry } from "../domain/timeline.ts";

/** The kinds of entries that acknowledge an incident. */
const ACKNOWLEDGEMENTS: ReadonlySet<TimelineEntry["kind"]> = new Set([
  "acknowledged",
  "taken",
  "assigned",
  "snoozed",
]);

/**
 * The entries of a part of a timeline, completed from the incident's own record: an earlier version stored no
 * entries, and entries expire while an incident is still open.
 *
 * @param entries The oldest first.
 * @param part The period in which they are complete.
 */
export function derivedEntries(
  incident: Incident,
  entries: readonly TimelineEntry[],
  { from, to }: { from: number; to: number },
): TimelineEntry[] {
  const isStored = entries.some(({ kind, at }) => ACKNOWLEDGEMENTS.has(kind) && at === incident.knownAt);
  const derived = !incident.timeline
    ? earlierEntries(incident)
    : isStored
    ? []
    : acknowledgementEntry(incident);
  return [...derived.filter(({ at }) => at > from && at <= to), ...entries].toSorted((a, b) => {
    const areStored = entries.includes(a) && entries.includes(b);
    return areStored ? 0 : a.at - b.at; // stored ones are in order, whatever their clocks say
  });
}
