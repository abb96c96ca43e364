import type { Clock } from "../base/clock.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { GroupLookup } from "../domain/group.ts";
import type { LoggedAlert } from "../domain/record.ts";
import type { Words } from "../domain/summary.ts";
import type { StoreReader } from "../store/reader.ts";
import type { FoundAlerts, LogSearch } from "./search.ts";
import type { AlertSearch } from "./trace.ts";
import type { WholeAlert } from "./whole.ts";
import type { Trace } from "./why.ts";

/** Queries of alerts. */
export class AlertQueries {
  readonly #sources: {
    readonly store: StoreReader;
    readonly groups: Pick<GroupLookup, "get">;
    readonly channels: Pick<ChannelRegistry, "get">;
    readonly clock: Clock;
  };

  constructor(sources: {
    store: StoreReader;
    groups: Pick<GroupLookup, "get">;
    channels: Pick<ChannelRegistry, "get">;
    clock: Clock;
  }) {
    this.#sources = sources;
  }

  /** The log's record of an alert; `undefined` if it does not exist or has been deleted. @throws StoreError */
  async get(id: string): Promise<LoggedAlert | undefined> {
    return await this.#sources.store.log.alert(id);
  }

  /** The log's records of several alerts, by id; deleted ones are missing. @throws StoreError */
  async getMany(ids: Iterable<string>): Promise<Map<string, LoggedAlert>> {
    return await this.#sources.store.records.alerts(ids);
  }

  /** The newest alerts. @throws StoreError */
  async newest(limit: number): Promise<LoggedAlert[]> {
    return await this.#sources.store.log.newest(limit);
  }

  /** Finds an alert by its id, or the newest one with a fingerprint. @throws StoreError */
  async find(name: string): Promise<AlertSearch> {
    const { findAlert } = await import("./trace.ts");
    return await findAlert(name, this.#sources.store);
  }

  /** Searches the log, the newest alerts first. @throws StoreError */
  async search(search: LogSearch): Promise<FoundAlerts> {
    const { searchLog } = await import("./search.ts");
    return await searchLog(this.#sources.store, search);
  }

  /** The default time limit of a search, in milliseconds. */
  get searchBudget(): number {
    return this.#sources.store.searchBudget;
  }

  /** All records of an alert. @throws StoreError */
  async trace(alert: LoggedAlert): Promise<Trace> {
    const { store, groups, channels, clock } = this.#sources;
    const { traceOf } = await import("./trace.ts");
    return await traceOf(alert, { store, groups, channels, now: clock.now() });
  }

  /** An alert with its texts; a duplicate has those of its incident's first alert. @throws StoreError */
  async whole(id: string): Promise<WholeAlert | undefined> {
    const { wholeAlert } = await import("./whole.ts");
    return await wholeAlert(id, this.#sources.store);
  }

  /** The newest alerts of the log that are stored in full, one for each fingerprint. @throws StoreError */
  async recent(size: { among: number; most: number }): Promise<WholeAlert[]> {
    const { recentAlerts } = await import("./whole.ts");
    return await recentAlerts(this.#sources.store, size);
  }

  /** The texts of an alert; a duplicate has those of its incident. @throws StoreError */
  async wordsOf(logged: LoggedAlert): Promise<Words> {
    return await this.#sources.store.summaries.wordsFor(logged);
  }
}
