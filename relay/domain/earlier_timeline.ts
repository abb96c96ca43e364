import { defined } from "../base/defined.ts";
import { isAcknowledged } from "./acknowledge.ts";
import { type Incident, isOver } from "./incident.ts";
import type { TimelineEntry } from "./timeline.ts";

/**
 * The entries to add to a timeline. If an earlier version stored the incident without entries, those that follow from
 * its record come first: this change may overwrite the fields that they follow from.
 *
 * @param before The same incident, or an earlier one of its fingerprint
 */
export function withEarlier(
  before: Incident | undefined,
  after: Pick<Incident, "id">,
  entries: readonly TimelineEntry[],
): readonly TimelineEntry[] {
  if (entries.length === 0 || before?.id !== after.id || before.timeline) return entries;
  return [...earlierEntries(before), ...entries];
}

/** The entries that the record of an incident shows, for one without entries of its own; the oldest first. */
export function earlierEntries(incident: Incident): TimelineEntry[] {
  return [...acknowledgementEntry(incident), ...ofEarlierVersion(incident)].toSorted((a, b) => a.at - b.at);
}

/** The acknowledgement that the record of an incident shows. */
export function acknowledgementEntry(
  { known, knownAt, knownBy, knownUntil, memo, timeline }: Incident,
): TimelineEntry[] {
  if (!known || knownAt === undefined) return [];
  const by = knownBy ?? "";
  const text = timeline === undefined || timeline.acts === 0 ? memo : undefined;
  return [{ kind: "acknowledged", by, account: by, at: knownAt, ...defined({ until: knownUntil, text }) }];
}

function ofEarlierVersion(incident: Incident): TimelineEntry[] {
  const { id, windows, closedAt, closedBy, lastId, lastAt, memo, count } = incident;
  const notified = Object.values(windows).filter(({ told }) => told !== id);
  const alerts = new Map(notified.map(({ told, at }) => [told, at]));
  const isResolved = isOver(incident) && closedBy === undefined && lastId !== id;
  if (isResolved) alerts.set(lastId, lastAt);
  const isNoted = memo !== undefined && closedBy === undefined && !isAcknowledged(incident);
  return [
    ...[...alerts].map(([alert, at]): TimelineEntry => ({
      kind: "alert",
      alert,
      as: "",
      at,
      ...alert === lastId && { alerts: count },
    })),
    ...isNoted ? [{ kind: "noted" as const, by: "", account: "", text: memo, at: closedAt ?? lastAt }] : [],
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
