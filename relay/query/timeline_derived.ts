import { defined } from "../base/defined.ts";
import { type Incident, isOver } from "../domain/incident.ts";
import type { TimelineEntry } from "../domain/timeline.ts";

/** What a person's acknowledgement is stored as. */
const ACKNOWLEDGEMENTS: ReadonlySet<TimelineEntry["kind"]> = new Set([
  "acknowledged",
  "taken",
  "assigned",
  "snoozed",
]);

/**
 * The entries of a part of a timeline, with those that the incident's own record shows: an earlier version stored no
 * entries, and entries expire while an incident is still open.
 *
 * @param entries The oldest first.
 * @param part The times between which they are all the entries.
 */
export function derivedEntries(
  incident: Incident,
  entries: readonly TimelineEntry[],
  { from, to }: { from: number; to: number },
): TimelineEntry[] {
  const derived = [
    ...acknowledgement(incident, entries),
    ...incident.timeline ? [] : ofEarlierVersion(incident),
  ];
  return [...derived.filter(({ at }) => at > from && at <= to), ...entries].toSorted((a, b) => {
    const isStored = entries.includes(a) && entries.includes(b);
    return isStored ? 0 : a.at - b.at; // stored ones are in order, whatever their clocks say
  });
}

function acknowledgement(
  { known, knownAt, knownBy, knownUntil, memo, timeline }: Incident,
  entries: readonly TimelineEntry[],
): TimelineEntry[] {
  if (!known || knownAt === undefined) return [];
  if (entries.some(({ kind, at }) => ACKNOWLEDGEMENTS.has(kind) && at === knownAt)) return [];
  const by = knownBy ?? "";
  const text = timeline === undefined || timeline.acts === 0 ? memo : undefined;
  return [{ kind: "acknowledged", by, account: by, at: knownAt, ...defined({ until: knownUntil, text }) }];
}

function ofEarlierVersion(incident: Incident): TimelineEntry[] {
  const { id, windows, closedAt, closedBy, lastId, lastAt, memo, known, knownAt, count } = incident;
  const notified = Object.values(windows).filter(({ told }) => told !== id);
  const alerts = new Map(notified.map(({ told, at }) => [told, at]));
  const isResolved = isOver(incident) && closedBy === undefined && lastId !== id;
  if (isResolved) alerts.set(lastId, lastAt);
  const isNoted = memo !== undefined && !(known && knownAt !== undefined);
  const note = isNoted && closedBy === undefined;
  return [
    ...[...alerts].map(([alert, at]): TimelineEntry => ({
      kind: "alert",
      alert,
      as: "",
      at,
      ...alert === lastId && { alerts: count },
    })),
    ...note ? [{ kind: "noted" as const, by: "", account: "", text: memo, at: closedAt ?? lastAt }] : [],
    ...closedAt === null ? [] : closedBy !== undefined
      ? [{
        kind: "closed" as const,
        by: closedBy,
        account: closedBy,
        at: closedAt,
        ...defined({ text: memo }),
      }]
      : incident.stale
      ? [{ kind: "stale" as const, at: closedAt }]
      : [],
  ];
}
