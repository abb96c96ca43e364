import type { Latch } from "../base/latch.ts";
import type { Queued } from "../domain/record.ts";
import { incidentOf } from "./queued.ts";
import type { Attempt } from "./attempt.ts";

/** The messages of a lane that are in flight, and the order they impose. A message that ends sets the lane's `wakeup`. */
export class InFlight {
  readonly #wakeup: Latch;
  /** Messages that count against the channel's limit: unanswered, or settled before the next message may start. */
  readonly #sending = new Set<Attempt>();
  /** These, and messages whose results are being written. */
  readonly #open = new Set<Attempt>();
  readonly #deliveries = new Set<string>();
  /** Destination and fingerprint: of one incident at one destination only one delivery is in flight. */
  readonly #incidents = new Set<string>();
  /** The refused configs that are being probed, by their hashes. */
  readonly #probes = new Set<string>();

  constructor(wakeup: Latch) {
    this.#wakeup = wakeup;
  }

  /** The number of messages that count against the channel's limit of parallel sends. */
  get sending(): number {
    return this.#sending.size;
  }

  /** Whether no message is being sent and all results are written. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Whether a delivery is being sent or its result is being written. */
  hasDelivery({ id }: Queued): boolean {
    return this.#deliveries.has(id);
  }

  /** Whether a delivery of the same incident to the same destination is being sent or settled. */
  hasIncident(entry: Queued): boolean {
    return this.#incidents.has(incidentOf(entry));
  }

  /** Whether a message is in flight that probes a refused config. */
  isProbing(configHash: string): boolean {
    return this.#probes.has(configHash);
  }

  /** Add a message that is about to be sent. */
  begin(attempt: Attempt): void {
    const { entries, refusal, destination } = attempt.batch;
    this.#sending.add(attempt);
    this.#open.add(attempt);
    if (refusal) this.#probes.add(destination.configHash);
    for (const entry of entries) {
      this.#deliveries.add(entry.id);
      this.#incidents.add(incidentOf(entry));
    }
  }

  /** Let the next message start before this one's results are written. */
  makeWay(attempt: Attempt): void {
    this.#sending.delete(attempt);
    this.#wakeup.set();
  }

  /** Remove a message whose results are written, or that was not sent. */
  end(attempt: Attempt): void {
    const { entries, refusal, destination } = attempt.batch;
    this.#sending.delete(attempt);
    this.#open.delete(attempt);
    if (refusal) this.#probes.delete(destination.configHash);
    for (const entry of entries) {
      this.#deliveries.delete(entry.id);
      this.#incidents.delete(incidentOf(entry));
    }
    this.#wakeup.set();
  }

  /** Wait until it is empty. */
  async drain(): Promise<void> {
    while (!this.isEmpty) await this.#wakeup.wait();
  }
}
