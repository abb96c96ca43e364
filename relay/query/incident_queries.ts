import type { Incident } from "../domain/incident.ts";
import { MAX_INCIDENTS } from "../domain/silence.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Matcher } from "../domain/matcher.ts";
import type { Covered, CoveredOptions } from "./covered.ts";
import type { CurrentAlert } from "./current_alerts.ts";
import type { Related } from "./related.ts";
import type { FoundIncidents } from "./incident_list/find.ts";
import type { WantedIncidents } from "./incident_list/wanted.ts";
import type { GroupListQuery, GroupPage, IncidentListQuery, IncidentPage } from "./incident_list/list.ts";
import type { IncidentCounts } from "./shapes/incident_list.ts";
import type { IncidentVerdict } from "./incident_verdict.ts";
import type { TimelineEntry } from "../domain/timeline.ts";
import type { TimelineItem, TimelinePage, TimelinePart } from "./timeline.ts";

/** The incidents that a silence waits for, or the reason why it cannot wait for them. */
export type AwaitedIncidents =
  | { readonly incidents: readonly string[] }
  | { readonly wrong: "none" | "too_many" };

/** The time limit of the search for them, in milliseconds. */
const AWAITED_BUDGET = 3_000;

/** Queries of incidents. */
export class IncidentQueries {
  readonly #store: StoreReader;

  constructor(store: StoreReader) {
    this.#store = store;
  }

  /** An incident, open or closed; `undefined` if it does not exist or has been deleted. @throws StoreError */
  async get(id: string): Promise<Incident | undefined> {
    return await this.#store.incidents.get(id);
  }

  /** The latest incident of a fingerprint, if it is open or stale, or was closed recently. @throws StoreError */
  async latestOf(fingerprint: string): Promise<Incident | undefined> {
    return (await this.#store.incidents.latest(new Set([fingerprint]))).get(fingerprint);
  }

  /** Several incidents, by id; deleted ones are missing. @throws StoreError */
  async getMany(ids: Iterable<string>): Promise<Map<string, Incident>> {
    return await this.#store.records.incidents(ids);
  }

  /** The open or the closed incidents, the newest first. @throws StoreError */
  async newest(state: "open" | "closed", limit: number): Promise<Incident[]> {
    return await this.#store.incidents.newest(state, limit);
  }

  /** All open incidents whose labels the matchers match, with their alerts, in batches, the oldest first. @throws StoreError */
  async *current(options: { matchers: readonly Matcher[]; now: number }): AsyncGenerator<CurrentAlert[]> {
    const { currentAlerts } = await import("./current_alerts.ts");
    yield* currentAlerts(this.#store, options);
  }

  /**
   * Searches incidents, the newest first; `before`: the id after which to continue; `budget`: the time limit in milliseconds.
   *
   * @throws StoreError
   */
  async find(
    wanted: WantedIncidents,
    options: { limit: number; before?: string | undefined; budget?: number },
  ): Promise<FoundIncidents> {
    const { findIncidents } = await import("./incident_list/find.ts");
    return await findIncidents(this.#store, wanted, options);
  }

  /** Counts the incidents that a filter matches, with their facets. @throws StoreError */
  async count(query: Pick<IncidentListQuery, "wanted" | "isHidden" | "budget">): Promise<IncidentCounts> {
    const { countIncidents } = await import("./incident_list/list.ts");
    return await countIncidents(this.#store, query);
  }

  /** A page of the incidents that a filter matches, and the counts of all of them. @throws StoreError */
  async list(query: IncidentListQuery): Promise<IncidentPage> {
    const { listIncidents } = await import("./incident_list/list.ts");
    return await listIncidents(this.#store, query);
  }

  /** A page of groups of the incidents that a filter matches, and the counts of all of them. @throws StoreError */
  async groups(query: GroupListQuery): Promise<GroupPage> {
    const { groupIncidents } = await import("./incident_list/list.ts");
    return await groupIncidents(this.#store, query);
  }

  /** The earlier incidents that are related to an incident. @throws StoreError */
  async related(
    incident: Incident,
    options: { place: string; now: number; limit: number },
  ): Promise<Related> {
    const { relatedTo } = await import("./related.ts");
    return await relatedTo(incident, this.#store, options);
  }

  /** A part of an incident's timeline. @throws StoreError */
  async timeline(incident: Incident, part: TimelinePart): Promise<TimelinePage> {
    const { timelineOf } = await import("./timeline.ts");
    return await timelineOf(incident, this.#store, part);
  }

  /** The newest entries of an incident's timeline as they are stored, the oldest first. @throws StoreError */
  async entries({ id }: Pick<Incident, "id">, limit: number): Promise<TimelineEntry[]> {
    return (await this.#store.timeline.of(id, { limit, reverse: true })).reverse();
  }

  /** The destinations and groups that were notified of an incident. `items`: the newest lines of its timeline. @throws StoreError */
  async verdict(incident: Incident, items: readonly TimelineItem[]): Promise<IncidentVerdict> {
    const { incidentVerdict } = await import("./incident_verdict.ts");
    return await incidentVerdict(incident, items, this.#store);
  }

  /** The open incidents whose first alert has labels that the matchers match, as far as the time limit allows. @throws StoreError */
  async coveredBy(matchers: readonly string[], options: CoveredOptions): Promise<Covered> {
    const { coveredBy } = await import("./covered.ts");
    return await coveredBy(matchers, this.#store, options);
  }

  /** The open incidents that a silence with these matchers would wait for. @throws StoreError */
  async awaitedBy(matchers: readonly string[]): Promise<AwaitedIncidents> {
    const { total, incidents, next } = await this.coveredBy(matchers, {
      limit: MAX_INCIDENTS,
      budget: AWAITED_BUDGET,
    });
    if (next !== undefined || total > MAX_INCIDENTS) return { wrong: "too_many" };
    return total === 0 ? { wrong: "none" } : { incidents: incidents.map(({ id }) => id) };
  }
}
