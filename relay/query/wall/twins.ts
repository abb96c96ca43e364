import { SEVERITIES, type Severity } from "../../domain/severity.ts";

/** Open incidents with the same title and severity. */
export interface Twins {
  readonly title: string;
  readonly severity: Severity;
  count: number;
  /** The times at which the oldest and the newest of them were opened. */
  since: number;
  newestAt: number;
  /** The ids of the newest, at most {@linkcode MAX_SAMPLED}. */
  readonly ids: string[];
}

/** The part of an open incident that the wall needs: there may be tens of thousands. */
export interface WallIncident {
  readonly id: string;
  /** Equal for incidents with the same title and severity. */
  readonly twins: string | number;
  readonly title: string;
  readonly severity: Severity;
  readonly openedAt: number;
  readonly known: boolean;
  /** The notified groups. */
  readonly groups: readonly string[];
}

/** The most incidents of a row that are read from the store. */
const MAX_SAMPLED = 3;

/** Groups incidents by title and severity. */
export class TwinSet {
  readonly #twins = new Map<string | number, Twins>();
  readonly severities: Record<Severity, number> = { critical: 0, error: 0, warning: 0, info: 0 };

  /** The number of incidents. */
  get total(): number {
    return SEVERITIES.reduce((sum, severity) => sum + this.severities[severity], 0);
  }

  /** Add the next incident; the newest comes first. */
  add({ id, twins: key, title, severity, openedAt }: WallIncident): void {
    this.severities[severity]++;
    let twins = this.#twins.get(key);
    if (!twins) {
      this.#twins.set(
        key,
        twins = {
          title,
          severity,
          count: 0,
          since: openedAt,
          newestAt: openedAt,
          ids: [],
        },
      );
    }
    twins.count++;
    twins.since = Math.min(twins.since, openedAt);
    twins.newestAt = Math.max(twins.newestAt, openedAt);
    if (twins.ids.length < MAX_SAMPLED) twins.ids.push(id);
  }

  /** The most severe; of equal severity, those with the newest incident. */
  worst(limit: number): Twins[] {
    return [...this.#twins.values()].sort((a, b) =>
      SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.newestAt - a.newestAt
    ).slice(0, limit);
  }
}
