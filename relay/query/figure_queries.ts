import type { Tally } from "../domain/tally.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Period } from "./ledger.ts";
import type { Recounted, Sum } from "./shapes/ledger.ts";
import type { ResponseReport } from "./responses.ts";
import type { NotificationCounts } from "./statistics.ts";
import type { Survey, SurveyOptions } from "./noise/survey.ts";

/** Queries of the ledger and of the statistics of alerts. */
export class FigureQueries {
  readonly #store: StoreReader;

  constructor(store: StoreReader) {
    this.#store = store;
  }

  /** The ledger's sum of a period of whole hours. @throws StoreError */
  async ledger(period: Period): Promise<Sum> {
    const { sum } = await import("./ledger.ts");
    return await sum(period, this.#store.records);
  }

  /** The same sum, counted from the records, with the differences. @throws StoreError */
  async recount(period: Period): Promise<Recounted> {
    const { recount } = await import("./recount.ts");
    return await recount(period, this.#store.records);
  }

  /** The tallies of each hour of a period; the period is in hours since the epoch. @throws StoreError */
  async accepted(hours: { from: number; to: number }): Promise<Map<number, Tally>> {
    return await this.#store.records.accepted(hours);
  }

  /** The numbers of notified, duplicate and suppressed alerts, by group, rule and day. @throws StoreError */
  async folding(period: Period, dayOf: (time: number) => string): Promise<NotificationCounts> {
    const { notificationCounts } = await import("./statistics.ts");
    return await notificationCounts(this.#store.records, period, dayOf);
  }

  /** The response times of people and the durations of incidents, by group and week. @throws StoreError */
  async responses(period: Period, dayOf: (time: number) => string): Promise<ResponseReport> {
    const { responseReport } = await import("./responses.ts");
    return await responseReport(this.#store.records, period, dayOf);
  }

  /** The most frequent fingerprints, and the notifications that a group would have received with other windows. @throws StoreError */
  async survey(
    period: Period,
    options: SurveyOptions,
  ): Promise<Survey> {
    const { survey } = await import("./noise/survey.ts");
    return await survey(this.#store.records, period, options);
  }
}
