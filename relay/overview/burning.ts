import { SEVERITIES, type Severity } from "../severity.ts";
import type { Incident } from "../window.ts";

/** Incidents that are shown by name, and groups. */
const SHOWN = 10;

/** How many incidents are open, by severity. */
export type BySeverity = Readonly<Record<Severity, number>>;

/** What burns now. */
export interface Burning {
  readonly total: number;
  /** There are more than were counted. */
  readonly more: boolean;
  /** Those of the total that somebody knows of. */
  readonly known: number;
  readonly severities: BySeverity;
  /** The groups with the most urgent ones first. */
  readonly groups: readonly { readonly group: string; readonly severities: BySeverity }[];
  /** The worst first, of the same severity the newest. */
  readonly worst: readonly OpenIncident[];
}

/** An open incident. */
export interface OpenIncident {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly lastAt: number;
  readonly count: number;
  readonly known: boolean;
  readonly groups: readonly string[];
  /** Its newest alert that the log keeps whole: what it is about, in a few words. */
  readonly about?: string;
}

/** Sum up the incidents that are open, in the order of their opening where there are many. `more`: there are others. */
export function burningOf(incidents: readonly Incident[], { more }: { more: boolean }): Burning {
  const total = none();
  const groups = new Map<string, Record<Severity, number>>();
  const newest = { critical: new Newest(), error: new Newest(), warning: new Newest(), info: new Newest() };
  let known = 0;
  // The newest first: what comes after them need not be sorted.
  for (let index = incidents.length - 1; index >= 0; index--) {
    const incident = incidents[index]!;
    const { severity, windows } = incident;
    total[severity]++;
    if (incident.known) known++;
    for (const group in windows) {
      let counts = groups.get(group);
      if (!counts) groups.set(group, counts = none());
      counts[severity]++;
    }
    newest[severity].add(incident);
  }
  const shown = SEVERITIES.flatMap((severity) => newest[severity].all());
  return {
    total: SEVERITIES.reduce((sum, severity) => sum + total[severity], 0),
    more,
    known,
    severities: total,
    groups: [...groups].map(([group, severities]) => ({ group, severities })).sort(mostUrgentFirst)
      .slice(0, SHOWN),
    worst: shown.slice(0, SHOWN).map(({ id, title, severity, openedAt, lastAt, count, known, windows }) => ({
      id,
      title,
      severity,
      openedAt,
      lastAt,
      count,
      known,
      groups: Object.keys(windows),
    })),
  };
}

function none(): Record<Severity, number> {
  return { critical: 0, error: 0, warning: 0, info: 0 };
}

/** Of many only the newest are wanted, so not all of them are sorted. */
class Newest {
  #some: Incident[] = [];
  #floor = -Infinity;

  add(incident: Incident): void {
    if (incident.openedAt < this.#floor) return;
    this.#some.push(incident);
    if (this.#some.length >= 4 * SHOWN) this.#floor = this.all().at(-1)!.openedAt;
  }

  all(): readonly Incident[] {
    return this.#some = this.#some.sort(newestFirst).slice(0, SHOWN);
  }
}

function newestFirst(a: Incident, b: Incident): number {
  return b.openedAt - a.openedAt || (a.id < b.id ? 1 : -1);
}

function mostUrgentFirst(a: { severities: BySeverity }, b: { severities: BySeverity }): number {
  const differs = SEVERITIES.find((severity) => a.severities[severity] !== b.severities[severity]);
  return differs === undefined ? 0 : b.severities[differs] - a.severities[differs];
}
