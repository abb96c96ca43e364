import { SEVERITIES, type Severity } from "../domain/severity.ts";
import type { Incident } from "../domain/incident.ts";

/** The number of open incidents, by severity. */
export type BySeverity = Readonly<Record<Severity, number>>;

/** The least number of ids of a severity that are held in order; the most is twice as many. */
const MIN_HELD = 1_000;

/**
 * The numbers of open incidents, by severity and by group, and the newest of each severity. Every change updates it,
 * so that a page need not read all incidents: tens of thousands may be open.
 */
export class OpenTally {
  readonly #severities = none();
  readonly #unacknowledged = none();
  readonly #groups = new Map<string, Record<Severity, number>>();
  readonly #newest = Object.fromEntries(SEVERITIES.map((severity) => [severity, new Newest()])) as Readonly<
    Record<Severity, Newest>
  >;
  #acknowledged = 0;

  /** The number of acknowledged open incidents. */
  get known(): number {
    return this.#acknowledged;
  }

  /** The number of open incidents, by severity. */
  get severities(): BySeverity {
    return this.#severities;
  }

  /** The number of unacknowledged open incidents, by severity. */
  get unacknowledged(): BySeverity {
    return this.#unacknowledged;
  }

  /** The number of open incidents in each group that was notified of any. */
  get groups(): ReadonlyMap<string, BySeverity> {
    return this.#groups;
  }

  /** Count a change of an incident. A closed incident, or `undefined`, does not count. */
  changed(before: Incident | undefined, after: Incident | undefined): void {
    if (before?.closedAt === null) this.#count(before, -1);
    if (after?.closedAt === null) this.#count(after, 1);
    if (before?.closedAt === null) this.#newest[before.severity].delete(before.id);
    if (after?.closedAt === null) this.#newest[after.severity].add(after.id);
  }

  /**
   * The ids of the newest incidents of a severity, the newest first; `undefined` when they are not held: add them
   * with {@linkcode learn}.
   */
  newest(severity: Severity, count: number): string[] | undefined {
    return this.#newest[severity].last(count);
  }

  /** Add all open incidents of a severity after a read, which may lack concurrent changes. */
  learn(severity: Severity, ids: readonly string[]): void {
    this.#newest[severity].learn(ids);
  }

  /** Remove an incident that is no longer open. */
  forget(severity: Severity, id: string): void {
    this.#newest[severity].delete(id);
  }

  #count({ severity, known, windows }: Incident, by: 1 | -1): void {
    this.#severities[severity] += by;
    if (known) this.#acknowledged += by;
    else this.#unacknowledged[severity] += by;
    for (const group in windows) {
      let counts = this.#groups.get(group);
      if (!counts) this.#groups.set(group, counts = none());
      counts[severity] += by;
      if (SEVERITIES.every((severity) => counts[severity] === 0)) this.#groups.delete(group);
    }
  }
}

/** Zero for every severity. */
function none(): Record<Severity, number> {
  return { critical: 0, error: 0, warning: 0, info: 0 };
}

/** The newest ids, or all of them when there are few. Ids sort by time. */
class Newest {
  #ids: string[] = [];
  /** Whether all open ids are held. */
  #isAll = true;

  add(id: string): void {
    const index = this.#indexOf(id);
    if (this.#ids[index] === id) return;
    if (index === 0 && !this.#isAll) return; // ids that are not held may be newer
    this.#ids.splice(index, 0, id);
    this.#trim();
  }

  delete(id: string): void {
    const index = this.#indexOf(id);
    if (this.#ids[index] === id) this.#ids.splice(index, 1);
  }

  last(count: number): string[] | undefined {
    if (this.#ids.length < count && !this.#isAll) return undefined;
    return count === 0 ? [] : this.#ids.slice(-count).reverse();
  }

  learn(ids: readonly string[]): void {
    this.#ids = [...new Set([...this.#ids, ...ids])].sort();
    this.#isAll = true;
    this.#trim();
  }

  #trim(): void {
    if (this.#ids.length <= 2 * MIN_HELD) return;
    this.#ids.splice(0, this.#ids.length - MIN_HELD);
    this.#isAll = false;
  }

  /** The index of an id, or of its insertion. */
  #indexOf(id: string): number {
    let [low, high] = [0, this.#ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
