import type { Step } from "../channel.ts";
import type { Clock } from "../base/clock.ts";
import { type Delivery, deliveryId } from "../domain/record.ts";
import { isNotified } from "../domain/outcome.ts";
import type { AcceptedAlert } from "./commit_builder.ts";

/**
 * The result of a delivery's first attempt; `pending` without an answer in time, or if the vendor required a wait. A
 * delivery that the channel skipped counts as `delivered`.
 */
export interface FirstAttempt {
  /** The destination's id. */
  readonly destination: string;
  readonly state: "delivered" | "failed" | "pending";
  /** The vendor's words, or the relay's. */
  readonly because: string;
  /** The step that failed, if it was not the message itself. */
  readonly step?: Step | undefined;
}

/** The reason for a delivery without an attempt in time. */
const NOT_TRIED = "not tried yet";

/** The deliveries that one caller waits for. */
interface Watch {
  readonly attempts: Map<string, FirstAttempt>;
  open: number;
  readonly done: () => void;
}

/** Callers that wait for the first attempt of their deliveries. Couriers report to it without waiting. */
export class FirstAttemptWaiters {
  readonly #clock: Clock;
  readonly #lookUp: ((id: string) => Promise<Delivery | undefined>) | undefined;
  readonly #watches = new Map<string, Watch>();

  /** `lookUp`: reads the record of a delivery, for a store whose other instances may have attempted it. */
  constructor(clock: Clock, { lookUp }: { lookUp?: (id: string) => Promise<Delivery | undefined> } = {}) {
    this.#clock = clock;
    this.#lookUp = lookUp;
  }

  /**
   * Wait for the first attempt of each delivery, at most until `until`.
   *
   * @param deliveries id → destination. Call this in the same event-loop turn in which they were stored, before a courier can
   * send them.
   */
  async wait(deliveries: ReadonlyMap<string, string>, { until }: { until: number }): Promise<FirstAttempt[]> {
    const attempts = new Map<string, FirstAttempt>();
    for (const [id, destination] of deliveries) {
      attempts.set(id, { destination, state: "pending", because: NOT_TRIED });
    }
    if (attempts.size === 0) return [];
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.at(until, done);
      const watch: Watch = { attempts, open: attempts.size, done };
      for (const id of attempts.keys()) this.#watches.set(id, watch);
      function done(): void {
        cancel();
        resolve();
      }
    });
    const unreported = [...attempts.keys()].filter((id) => this.#watches.delete(id));
    if (this.#lookUp) {
      for (const id of unreported) {
        attempts.set(
          id,
          fromRecord(attempts.get(id)!, await this.#lookUp(id).catch(() => undefined)),
        );
      }
    }
    return [...attempts.values()];
  }

  /** Whether a caller waits for a delivery. */
  isAwaited(id: string): boolean {
    return this.#watches.has(id);
  }

  /** Report the result of a delivery's first attempt. */
  report(id: string, { state, because, step }: Pick<FirstAttempt, "state" | "because" | "step">): void {
    const watch = this.#watches.get(id);
    const attempt = watch?.attempts.get(id);
    if (!watch || !attempt) return;
    this.#watches.delete(id);
    watch.attempts.set(id, { ...attempt, state, because, step });
    if (--watch.open === 0) watch.done();
  }
}

/** The first attempt of a delivery according to its record. */
function fromRecord(unreported: FirstAttempt, record: Delivery | undefined): FirstAttempt {
  const last = record?.attempts.at(-1);
  if (!record || !last) return unreported;
  const isSettled = record.state === "delivered" || record.by === "channel";
  if (isSettled) return { ...unreported, state: "delivered", because: record.because };
  const state = last.verdict === "throttled" ? "pending" : "failed";
  return { ...unreported, state, because: record.because, step: last.step };
}

/** The reason why a destination receives nothing now, in the vendor's words. */
export type DestinationFailure = Pick<FirstAttempt, "because" | "step">;

/** A delivery that was just stored; `isHeld`: it waits for the end of quiet hours, or for its message group. */
interface NewDelivery {
  readonly id: string;
  readonly destination: string;
  readonly isHeld: boolean;
}

/** The dependencies of {@linkcode firstAttempts}. */
export interface FirstAttemptsOptions {
  readonly waiters: FirstAttemptWaiters;
  /** The reason why a delivery's destination receives nothing now; may reject. */
  readonly failureOf: (
    delivery: { id: string; destination: string },
  ) => Promise<DestinationFailure | undefined>;
  readonly until: number;
}

/**
 * The first attempt of each delivery of some alerts. A delivery to a destination that receives nothing now counts as
 * failed at once. At the time limit, this is checked again for each delivery without an attempt.
 */
export async function firstAttempts(
  logged: readonly AcceptedAlert[],
  { waiters, failureOf, until }: FirstAttemptsOptions,
): Promise<FirstAttempt[]> {
  const deliveries = logged.flatMap(deliveriesOf);
  const soon = deliveries.filter(({ isHeld }) => !isHeld);
  // Before the first await, so that no courier can have reported one of them yet.
  const waiting = waiters.wait(new Map(soon.map(({ id, destination }) => [id, destination])), { until });
  const failed = async (delivery: NewDelivery): Promise<FirstAttempt | undefined> => {
    const failure = await failureOf(delivery).catch(() => undefined);
    return failure && { destination: delivery.destination, state: "failed", ...failure };
  };
  await Promise.all(soon.map(async (delivery) => {
    const failure = await failed(delivery);
    if (failure) waiters.report(delivery.id, failure);
  }));
  // `waiting` has the order of `soon`.
  const attempts = await Promise.all(
    (await waiting).map(async (one, index) =>
      one.because === NOT_TRIED ? await failed(soon[index]!) ?? one : one
    ),
  );
  return [
    ...attempts,
    ...deliveries.filter(({ isHeld }) => isHeld).map(({ destination }): FirstAttempt => ({
      destination,
      state: "pending",
      because: "the group's quiet hours",
    })),
  ];
}

function deliveriesOf({ id, routing }: AcceptedAlert): NewDelivery[] {
  return routing.flatMap(({ destinations = [], outcome }) => {
    const isHeld = isNotified(outcome) && (outcome.held ?? outcome.flush) !== undefined;
    return destinations.map((destination) => ({ destination, isHeld }));
  }).map((delivery, number) => ({ id: deliveryId(id, number), ...delivery }));
}
