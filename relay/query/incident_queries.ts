import type { Incident } from "../domain/incident.ts";
import { MOST_INCIDENTS } from "../domain/silence.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Covered, CoveredOptions } from "./covered.ts";
import type { History } from "./history.ts";
import type { FoundIncidents, WantedIncidents } from "./incidents.ts";

/** The incidents that a silence waits for, or why it cannot wait for them. */
export type AwaitedIncidents =
  | { readonly incidents: readonly string[] }
  | { readonly wrong: "none" | "too_many" };

/** How long the search for them may take, in milliseconds. */
const AWAITED_BUDGET = 3_000;

/** What is asked about incidents. */
export class IncidentQueries {
  readonly #store: StoreReader;

  constructor(store: StoreReader) {
    this.#store = store;
  }

  /** An incident, open or closed; `undefined` when there is none, or it is no longer kept. @throws StoreError */
  async get(id: string): Promise<Incident | undefined> {
    return await this.#store.incidents.get(id);
  }

  /** Several by their ids; those that are no longer kept are missing. @throws StoreError */
  async getMany(ids: Iterable<string>): Promise<Map<string, Incident>> {
    return await this.#store.records.incidents(ids);
  }

  /** Open or closed ones, the newest first. @throws StoreError */
  async newest(state: "open" | "closed", limit: number): Promise<Incident[]> {
    return await this.#store.incidents.newest(state, limit);
  }

  /** Look for incidents, the newest first; `before`: the id of the one to go on after. @throws StoreError */
  async find(
    wanted: WantedIncidents,
    options: { limit: number; before?: string | undefined },
  ): Promise<FoundIncidents> {
    const { findIncidents } = await import("./incidents.ts");
    return await findIncidents(this.#store, wanted, options);
  }

  /** The steps of an incident, read for `budget` milliseconds. @throws StoreError */
  async history(incident: Incident, options: { budget: number }): Promise<History> {
    const { historyOf } = await import("./history.ts");
    return await historyOf(incident, this.#store.records, options);
  }

  /** The open incidents whose first alert has labels that matchers cover, as far as the time allows. @throws StoreError */
  async coveredBy(matchers: readonly string[], options: CoveredOptions): Promise<Covered> {
    const { coveredBy } = await import("./covered.ts");
    return await coveredBy(matchers, this.#store, options);
  }

  /** The open incidents that a silence with these matchers would wait for. @throws StoreError */
  async awaitedBy(matchers: readonly string[]): Promise<AwaitedIncidents> {
    const { total, incidents, next } = await this.coveredBy(matchers, {
      limit: MOST_INCIDENTS,
      budget: AWAITED_BUDGET,
    });
    if (next !== undefined || total > MOST_INCIDENTS) return { wrong: "too_many" };
    return total === 0 ? { wrong: "none" } : { incidents: incidents.map(({ id }) => id) };
  }
}
