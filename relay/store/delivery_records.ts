import { decode } from "../base/codec.ts";
import { alertIdOf, type Delivery, type DigestRecord, type SentMessage } from "../domain/record.ts";
import type { Database, DatabaseView } from "./database.ts";
import { deliveriesKey, deliveryKey, digestKey } from "./keys.ts";

/** The most records of one notification that are read: it has fewer destinations, even with their fallbacks. */
const MAX_RECORDS = 500;

/** The records of attempted deliveries, and of their digests. The outbox writes them when it settles. */
export class DeliveryRecords {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the outbox");
  }

  /** The records of an alert's deliveries; a delivery that was never attempted has none. @throws StoreError */
  async of(alert: string): Promise<Delivery[]> {
    return await this.#kv.all<Delivery>(deliveriesKey(alert));
  }

  /** The records of an alert's deliveries whose ids are in a range, `to` excluded. @throws StoreError */
  async startingWith(alert: string, { from, to }: { from: string; to: string }): Promise<Delivery[]> {
    const selector = { start: deliveryKey(alert, from), end: deliveryKey(alert, to) };
    const records = await Array.fromAsync(this.#kv.list(selector, { limit: MAX_RECORDS }));
    return records.map(({ value }) => decode<Delivery>(value));
  }

  /** The record of one delivery. @throws StoreError */
  async get({ alert, id }: { alert: string; id: string }): Promise<Delivery | undefined> {
    return await this.#kv.get<Delivery>(deliveryKey(alert, id));
  }

  /** The stored records of deliveries, given their ids. @throws StoreError */
  async byId(ids: readonly string[]): Promise<Delivery[]> {
    const entries = await this.#kv.entries(ids.map((id) => deliveryKey(alertIdOf(id), id)));
    return entries.flatMap(({ value }) => value === null ? [] : [decode<Delivery>(value)]);
  }

  /** The last message of a delivery, as sent; `undefined` when it is not stored. @throws StoreError */
  async sent({ sent }: Delivery): Promise<SentMessage | undefined> {
    if (!sent || !("with" in sent)) return sent;
    const first = await this.get({ alert: alertIdOf(sent.with), id: sent.with });
    return first?.sent?.id === sent.id && !("with" in first.sent) ? first.sent : undefined;
  }

  /** A digest that a vendor has accepted. @throws StoreError */
  async digest(id: string): Promise<DigestRecord | undefined> {
    return await this.#kv.get<DigestRecord>(digestKey(id));
  }
}
