import { SEVERITIES, type Severity } from "../../domain/severity.ts";

/** An open incident that nobody has acknowledged, as far as its group depends on it. */
export interface UnattendedIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  /** An active silence covers it. */
  readonly silenced: boolean;
}

/** Open incidents of one title that nobody has acknowledged. */
export interface UnattendedGroup {
  readonly title: string;
  /** The worst. */
  readonly severity: Severity;
  readonly count: number;
  /** How many of them are silenced. */
  readonly silenced: number;
  /** When the first of them opened. */
  readonly since: number;
  /** The newest of the worst ones. */
  readonly first: string;
}

/** The groups that are shown, and what they leave out. */
export interface UnattendedGroups {
  /** Those that are not silenced first, the worst first; of equal severity the one with the newest incident. */
  readonly groups: readonly UnattendedGroup[];
  readonly others: { readonly groups: number; readonly incidents: number };
  /** All that are silenced, by severity. */
  readonly silenced: Readonly<Record<Severity, number>>;
}

/** Groups incidents by their title, so that a storm of equal ones is one line. @param limit How many groups are named. */
export function groupUnattended(incidents: Iterable<UnattendedIncident>, limit: number): UnattendedGroups {
  const byTitle = new Map<string, { -readonly [K in keyof UnattendedGroup]: UnattendedGroup[K] }>();
  const silencedOf: Record<Severity, number> = { critical: 0, error: 0, warning: 0, info: 0 };
  let total = 0;
  for (const { id, title, severity, openedAt, silenced } of incidents) {
    total++;
    if (silenced) silencedOf[severity]++;
    const group = byTitle.get(title);
    if (!group) {
      byTitle.set(title, {
        title,
        severity,
        count: 1,
        silenced: Number(silenced),
        since: openedAt,
        first: id,
      });
      continue;
    }
    group.count++;
    group.silenced += Number(silenced);
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
  const others = { groups: byTitle.size - groups.length, incidents: total - named };
  return { groups, others, silenced: silencedOf };
}

/** Whether all incidents of a group are silenced. */
function isQuiet({ count, silenced }: UnattendedGroup): boolean {
  return silenced === count;
}

function rankOf(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}
