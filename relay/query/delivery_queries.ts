import type { Clock } from "../base/clock.ts";
import { take, type Taken } from "../base/take.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { Config } from "../config/mod.ts";
import type { Destination, GroupLookup } from "../domain/group.ts";
import {
  alertIdOf,
  type DeadLetter,
  type Delivery,
  type DigestRecord,
  type Queued,
  type SentMessage,
} from "../domain/record.ts";
import { type DeadFilter, passesDeadFilter } from "../domain/dead_letter.ts";
import type { StoreReader } from "../store/reader.ts";
import type { DeliveryFilter, List } from "./deliveries.ts";
import type { FoundDeliveries } from "./shapes/deliveries.ts";
import type { DestinationState } from "./destination_state.ts";
import type { Ending } from "../domain/incident.ts";

/** The sources of queries of deliveries. */
interface DeliverySources {
  readonly store: StoreReader;
  readonly config: Config;
  readonly groups: Pick<GroupLookup, "get">;
  readonly channels: Pick<ChannelRegistry, "get" | "broken">;
  readonly clock: Clock;
}

/** Queries of deliveries and destinations. */
export class DeliveryQueries {
  readonly #sources: DeliverySources;

  constructor(sources: DeliverySources) {
    this.#sources = sources;
  }

  /** The record of a delivery; `undefined` if it was never attempted or has been deleted. @throws StoreError */
  async get(id: string): Promise<Delivery | undefined> {
    return await this.#sources.store.deliveries.get({ id, alert: alertIdOf(id) });
  }

  /** The attempted deliveries of an alert. @throws StoreError */
  async of(alert: string): Promise<Delivery[]> {
    return await this.#sources.store.deliveries.of(alert);
  }

  /** Searches pending, dead or attempted deliveries. @throws StoreError */
  async find(
    list: List,
    filter: DeliveryFilter,
    page: { from?: string | undefined; limit: number },
  ): Promise<FoundDeliveries> {
    const { store, groups, config, clock } = this.#sources;
    const { findDeliveries } = await import("./deliveries.ts");
    const { where } = config.labelRules;
    return await findDeliveries(list, filter, { store, groups, where, now: clock.now(), ...page });
  }

  /** The message of a delivery as it was sent, if it is stored. @throws StoreError */
  async sent(delivery: Delivery): Promise<SentMessage | undefined> {
    return await this.#sources.store.deliveries.sent(delivery);
  }

  /** A digest: its text, and the ids of its deliveries. @throws StoreError */
  async digest(id: string): Promise<DigestRecord | undefined> {
    return await this.#sources.store.deliveries.digest(id);
  }

  /** A dead delivery, with the alert that is stored to send it again. @throws StoreError */
  async dead(id: string): Promise<DeadLetter | undefined> {
    return await this.#sources.store.dead.get(id);
  }

  /** Searches the dead letters, the newest alerts first. @throws StoreError */
  async findDead(
    wanted: DeadFilter,
    { limit, before }: { limit: number; before?: string | undefined },
  ): Promise<Taken<DeadLetter>> {
    const { store } = this.#sources;
    return await take(store.dead.list(before), {
      idOf: ({ entry }) => entry.id,
      isWanted: (letter) => passesDeadFilter(letter, wanted),
      limit,
      budget: store.searchBudget,
    });
  }

  /** The ends of the deliveries' incidents, for those that have ended. @throws StoreError */
  async endingsOf(
    entries: readonly Pick<Queued, "id" | "alert" | "fingerprint" | "at">[],
  ): Promise<ReadonlyMap<string, Ending>> {
    const { endingsOf } = await import("../delivery/endings.ts");
    return await endingsOf(entries, this.#sources.store);
  }

  /** The state of each destination, in their order. @throws StoreError */
  async statesOf(destinations: readonly Destination[]): Promise<DestinationState[]> {
    const { store, channels, clock } = this.#sources;
    const { destinationStates } = await import("./destination_state.ts");
    return await destinationStates(destinations, { store, channels, now: clock.now() });
  }
}
