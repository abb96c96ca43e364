import { SEVERITIES, type Severity } from "../domain/severity.ts";
import type { Incident } from "../domain/incident.ts";

/** How many incidents are open, by severity. */
export type BySeverity = Readonly<Record<Severity, number>>;

/** Of each severity the ids of so many are kept in their order, and of no more than twice as many. */
const KEPT = 1_000;

/**
 * How many incidents are open, by severity and by group, and which are the newest of each severity. It follows each
 * change, so that who looks need not go through all of them: tens of thousands may be open.
 */
export class OpenTally {
  readonly #severities = none();
  readonly #groups = new Map<string, Record<Severity, number>>();
  readonly #newest = Object.fromEntries(SEVERITIES.map((severity) => [severity, new Newest()])) as Readonly<
    Record<Severity, Newest>
  >;
  #known = 0;

  /** How many of them somebody knows of. */
  get known(): number {
    return this.#known;
  }

  /** How many there are. */
  get severities(): BySeverity {
    return this.#severities;
  }

  /** How many there are of each group that was told of any. */
  get groups(): ReadonlyMap<string, BySeverity> {
    return this.#groups;
  }

  /** An incident is another one now. What is over, or `undefined`, does not count. */
  changed(before: Incident | undefined, after: Incident | undefined): void {
    if (before?.closedAt === null) this.#count(before, -1);
    if (after?.closedAt === null) this.#count(after, 1);
    if (before?.closedAt === null) this.#newest[before.severity].delete(before.id);
    if (after?.closedAt === null) this.#newest[after.severity].add(after.id);
  }

  /** The ids of the newest of a severity, the newest first; `undefined` when that is not known: {@linkcode learn} it. */
  newest(severity: Severity, count: number): string[] | undefined {
    return this.#newest[severity].last(count);
  }

  /** All of a severity, as they were read. Those that changed meanwhile may be among them or not. */
  learn(severity: Severity, ids: readonly string[]): void {
    this.#newest[severity].learn(ids);
  }

  /** One that was among the newest, and is not open any more. */
  forget(severity: Severity, id: string): void {
    this.#newest[severity].delete(id);
  }

  #count({ severity, known, windows }: Incident, by: 1 | -1): void {
    this.#severities[severity] += by;
    if (known) this.#known += by;
    for (const group in windows) {
      let counts = this.#groups.get(group);
      if (!counts) this.#groups.set(group, counts = none());
      counts[severity] += by;
      if (SEVERITIES.every((severity) => counts[severity] === 0)) this.#groups.delete(group);
    }
  }
}

/** None of any severity. */
function none(): Record<Severity, number> {
  return { critical: 0, error: 0, warning: 0, info: 0 };
}

/** The newest ids of many, or all of few. Ids sort by time. */
class Newest {
  #ids: string[] = [];
  /** There are no others. */
  #isAll = true;

  add(id: string): void {
    const place = this.#placeOf(id);
    if (this.#ids[place] === id) return;
    if (place === 0 && !this.#isAll) return; // others that are not kept may be newer
    this.#ids.splice(place, 0, id);
    this.#trim();
  }

  delete(id: string): void {
    const place = this.#placeOf(id);
    if (this.#ids[place] === id) this.#ids.splice(place, 1);
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
    if (this.#ids.length <= 2 * KEPT) return;
    this.#ids.splice(0, this.#ids.length - KEPT);
    this.#isAll = false;
  }

  /** Where an id stands, or would stand. */
  #placeOf(id: string): number {
    let [low, high] = [0, this.#ids.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#ids[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
