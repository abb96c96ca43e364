import type { Step } from "../channel.ts";
import type { Clock } from "../base/clock.ts";
import type { Delivery } from "../domain/record.ts";

/** What the first try of a delivery came to; `pending` when there was no answer in time, or the vendor asked to wait. */
export interface FirstAttempt {
  /** The destination's id. */
  readonly destination: string;
  readonly state: "delivered" | "failed" | "pending";
  /** The vendor's words, or ours. */
  readonly because: string;
  /** The part of a conversation that failed, where it was not the message itself. */
  readonly step?: Step | undefined;
}

/** The reason for a delivery that was not tried in time. */
export const NOT_TRIED = "not tried yet";

/** The deliveries of one caller who waits for them. */
interface Watch {
  readonly tries: Map<string, FirstAttempt>;
  open: number;
  readonly done: () => void;
}

/** Callers that wait for the first try of their deliveries. The couriers report to it, and never wait for it. */
export class FirstAttemptWaiters {
  readonly #clock: Clock;
  readonly #lookUp: ((id: string) => Promise<Delivery | undefined>) | undefined;
  readonly #watches = new Map<string, Watch>();

  /** `lookUp`: finds the record of a delivery, where another instance may have tried it without a word to this one. */
  constructor(clock: Clock, { lookUp }: { lookUp?: (id: string) => Promise<Delivery | undefined> } = {}) {
    this.#clock = clock;
    this.#lookUp = lookUp;
  }

  /**
   * Wait for the first try of each delivery, at most until `until`.
   *
   * @param deliveries id → destination. Call this in the turn in which they were stored, before anybody can have sent them.
   */
  async wait(deliveries: ReadonlyMap<string, string>, { until }: { until: number }): Promise<FirstAttempt[]> {
    const tries = new Map<string, FirstAttempt>();
    for (const [id, destination] of deliveries) {
      tries.set(id, { destination, state: "pending", because: NOT_TRIED });
    }
    if (tries.size === 0) return [];
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.at(until, done);
      const watch: Watch = { tries, open: tries.size, done };
      for (const id of tries.keys()) this.#watches.set(id, watch);
      function done(): void {
        cancel();
        resolve();
      }
    });
    const unheard = [...tries.keys()].filter((id) => this.#watches.delete(id));
    if (this.#lookUp) {
      for (const id of unheard) {
        tries.set(
          id,
          fromRecord(tries.get(id)!, await this.#lookUp(id).catch(() => undefined)),
        );
      }
    }
    return [...tries.values()];
  }

  /** Whether a caller waits for a delivery. */
  isAwaited(id: string): boolean {
    return this.#watches.has(id);
  }

  /** The first try of a delivery is over. */
  report(id: string, { state, because, step }: Pick<FirstAttempt, "state" | "because" | "step">): void {
    const watch = this.#watches.get(id);
    const known = watch?.tries.get(id);
    if (!watch || !known) return;
    this.#watches.delete(id);
    watch.tries.set(id, { ...known, state, because, step });
    if (--watch.open === 0) watch.done();
  }
}

/** What the record of a delivery says of its first try. */
function fromRecord(unheard: FirstAttempt, record: Delivery | undefined): FirstAttempt {
  const last = record?.attempts.at(-1);
  if (!record || !last) return unheard;
  if (record.state === "delivered") return { ...unheard, state: "delivered", because: record.because };
  const state = last.verdict === "throttled" ? "pending" : "failed";
  return { ...unheard, state, because: record.because, step: last.step };
}
