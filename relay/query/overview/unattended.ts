import type { Quiet } from "../quiet.ts";
import { SEVERITIES, type Severity } from "../../domain/severity.ts";

/** The part of an unacknowledged open incident that its group depends on. */
export interface UnattendedIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  /** Whether it is silenced or inhibited. */
  readonly quiet?: Quiet | undefined;
}

/** Unacknowledged open incidents with the same title. */
export interface UnattendedGroup {
  readonly title: string;
  /** The worst of their severities. */
  readonly severity: Severity;
  readonly count: number;
  /** The numbers of silenced and of inhibited ones among them. */
  readonly silenced: number;
  readonly inhibited: number;
  /** The time at which the oldest of them was opened. */
  readonly since: number;
  /** The id of the newest one with the worst severity. */
  readonly first: string;
}

/** The groups that are shown, and the number of the others. */
export interface UnattendedGroups {
  /** Groups that are wholly quiet come last; then by severity, then the one with the newest incident first. */
  readonly groups: readonly UnattendedGroup[];
  readonly others: { readonly groups: number; readonly incidents: number };
  /** The numbers of silenced and of inhibited incidents of all groups, by severity. */
  readonly quiet: Readonly<Record<Quiet, Readonly<Record<Severity, number>>>>;
}

/** Groups incidents by their title, so that a storm of equal ones is one line. @param limit At most this many groups are named. */
export function groupUnattended(incidents: Iterable<UnattendedIncident>, limit: number): UnattendedGroups {
  const byTitle = new Map<string, { -readonly [K in keyof UnattendedGroup]: UnattendedGroup[K] }>();
  const none = { critical: 0, error: 0, warning: 0, info: 0 };
  const total = { silenced: { ...none }, inhibited: { ...none } };
  let count = 0;
  for (const { id, title, severity, openedAt, quiet } of incidents) {
    count++;
    if (quiet) total[quiet][severity]++;
    const group = byTitle.get(title);
    if (!group) {
      byTitle.set(title, {
        title,
        severity,
        count: 1,
        silenced: Number(quiet === "silenced"),
        inhibited: Number(quiet === "inhibited"),
        since: openedAt,
        first: id,
      });
      continue;
    }
    group.count++;
    if (quiet) group[quiet]++;
    group.since = Math.min(group.since, openedAt);
    const worse = rankOf(severity) - rankOf(group.severity);
    if (worse < 0 || worse === 0 && id > group.first) {
      group.severity = severity;
      group.first = id;
    }
  }
  const groups = [...byTitle.values()].sort((a, b) =>
    Number(isQuiet(a)) - Number(isQuiet(b)) || rankOf(a.severity) - rankOf(b.severity) ||
    (a.first > b.first ? -1 : 1)
  ).slice(0, limit);
  const named = groups.reduce((sum, { count }) => sum + count, 0);
  const others = { groups: byTitle.size - groups.length, incidents: count - named };
  return { groups, others, quiet: total };
}

/** Whether all incidents of a group are silenced or inhibited. */
function isQuiet({ count, silenced, inhibited }: UnattendedGroup): boolean {
  return silenced + inhibited === count;
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
