import type { Latch } from "../base/latch.ts";
import type { Queued } from "../domain/record.ts";
import { incidentOf } from "./queue_selection.ts";
import type { Attempt } from "./attempt.ts";

/** The messages of a lane that are in flight, and what must wait for them. Each change sets the lane's `wakeup`. */
export class InFlight {
  readonly #wakeup: Latch;
  /** Those whose vendor has not answered, or whose answer the next message waits for. */
  readonly #sending = new Set<Attempt>();
  /** Those, and the ones whose results are being written. */
  readonly #open = new Set<Attempt>();
  readonly #deliveries = new Set<string>();
  /** Destination and fingerprint: of one incident at one destination only one delivery is in flight. */
  readonly #incidents = new Set<string>();
  /** The refused configs that are being probed, by their hashes. */
  readonly #probes = new Set<string>();

  constructor(wakeup: Latch) {
    this.#wakeup = wakeup;
  }

  /** How many messages count against what the channel takes side by side. */
  get sending(): number {
    return this.#sending.size;
  }

  /** Whether nothing is sent, and all results are written. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** Whether a delivery is being sent, or its result written. */
  hasDelivery({ id }: Queued): boolean {
    return this.#deliveries.has(id);
  }

  /** Whether a delivery of the same incident to the same destination is. */
  hasIncident(entry: Queued): boolean {
    return this.#incidents.has(incidentOf(entry));
  }

  /** Whether a message is in flight that probes a refused config. */
  isProbing(configHash: string): boolean {
    return this.#probes.has(configHash);
  }

  /** A message is about to be sent. */
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

  /** It makes way for the next message, and its results are still to be written. */
  makeWay(attempt: Attempt): void {
    this.#sending.delete(attempt);
    this.#wakeup.set();
  }

  /** Its results are written, or it was not sent. */
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
