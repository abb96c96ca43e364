import type { Tally } from "../domain/tally.ts";
import type { WindowPolicy } from "../domain/window.ts";
import type { StoreReader } from "../store/reader.ts";
import type { Period } from "./ledger.ts";
import type { Recounted, Sum } from "./shapes/ledger.ts";
import type { Folding, Survey } from "./statistics.ts";

/** What is counted: the ledger, and the statistics of alerts. */
export class FigureQueries {
  readonly #store: StoreReader;

  constructor(store: StoreReader) {
    this.#store = store;
  }

  /** What became of everything that was accepted in these whole hours. @throws StoreError */
  async ledger(period: Period): Promise<Sum> {
    const { sum } = await import("./ledger.ts");
    return await sum(period, this.#store.records);
  }

  /** The same, counted from the records, with what differs. @throws StoreError */
  async recount(period: Period): Promise<Recounted> {
    const { recount } = await import("./recount.ts");
    return await recount(period, this.#store.records);
  }

  /** What was accepted in these hours since the epoch, hour by hour. @throws StoreError */
  async accepted(hours: { from: number; to: number }): Promise<Map<number, Tally>> {
    return await this.#store.records.accepted(hours);
  }

  /** How much was notified, duplicate and suppressed, by group, rule and day. @throws StoreError */
  async folding(period: Period, dayOf: (time: number) => string): Promise<Folding> {
    const { foldingOf } = await import("./statistics.ts");
    return await foldingOf(this.#store.records, period, dayOf);
  }

  /** The fingerprints that came most often, and what a group would have heard with another window. @throws StoreError */
  async survey(
    period: Period,
    options: {
      limit: number;
      budget: number;
      staleAfter: number;
      group?: WindowPolicy | undefined;
      window?: number | undefined;
    },
  ): Promise<Survey> {
    const { survey } = await import("./statistics.ts");
    return await survey(this.#store.records, period, options);
  }
}
