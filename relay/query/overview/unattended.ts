import { SEVERITIES, type Severity } from "../../domain/severity.ts";

/** An open incident that nobody has acknowledged, as far as its group depends on it. */
export interface UnattendedIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
}

/** Open incidents of one title that nobody has acknowledged. */
export interface UnattendedGroup {
  readonly title: string;
  /** The worst. */
  readonly severity: Severity;
  readonly count: number;
  /** When the first of them opened. */
  readonly since: number;
  /** The newest of the worst ones. */
  readonly first: string;
}

/** The groups that are shown, and what they leave out. */
export interface UnattendedGroups {
  /** The worst first; of equal severity the one with the newest incident. */
  readonly groups: readonly UnattendedGroup[];
  readonly others: { readonly groups: number; readonly incidents: number };
}

/** Groups incidents by their title, so that a storm of equal ones is one line. @param limit How many groups are named. */
export function groupUnattended(incidents: Iterable<UnattendedIncident>, limit: number): UnattendedGroups {
  const byTitle = new Map<string, { -readonly [K in keyof UnattendedGroup]: UnattendedGroup[K] }>();
  let total = 0;
  for (const { id, title, severity, openedAt } of incidents) {
    total++;
    const group = byTitle.get(title);
    if (!group) {
      byTitle.set(title, { title, severity, count: 1, since: openedAt, first: id });
      continue;
    }
    group.count++;
    group.since = Math.min(group.since, openedAt);
    const worse = rankOf(severity) - rankOf(group.severity);
    if (worse < 0 || worse === 0 && id > group.first) {
      group.severity = severity;
      group.first = id;
    }
  }
  const groups = [...byTitle.values()].sort((a, b) =>
    rankOf(a.severity) - rankOf(b.severity) || (a.first > b.first ? -1 : 1)
  ).slice(0, limit);
  const named = groups.reduce((sum, { count }) => sum + count, 0);
  return { groups, others: { groups: byTitle.size - groups.length, incidents: total - named } };
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
