import { alertIdOf, type Delivery, type DigestRecord, type SentMessage } from "../domain/record.ts";
import type { Database, DatabaseView } from "./database.ts";
import { deliveriesKey, deliveryKey, digestKey } from "./keys.ts";

/** The records of deliveries that were tried, and of their digests. The outbox writes them when it settles. */
export class DeliveryRecords {
  readonly #kv: DatabaseView;

  constructor(database: Database) {
    this.#kv = database.of("the outbox");
  }

  /** The records of an alert's deliveries; a delivery that was never tried has none. @throws StoreError */
  async of(alert: string): Promise<Delivery[]> {
    return await this.#kv.all<Delivery>(deliveriesKey(alert));
  }

  /** The record of one delivery. @throws StoreError */
  async get({ alert, id }: { alert: string; id: string }): Promise<Delivery | undefined> {
    return await this.#kv.get<Delivery>(deliveryKey(alert, id));
  }

  /** The last message of a delivery, as it was sent; `undefined` when it is not stored. @throws StoreError */
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
