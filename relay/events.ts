import type { Clock } from "./base/clock.ts";

/** The kinds of changes: of the log, an incident, a delivery, a lane or the configuration. */
export type Change = "alert" | "incident" | "delivery" | "lane" | "config";

/** All kinds of changes. */
export const CHANGES: readonly Change[] = ["alert", "incident", "delivery", "lane", "config"];

/** Each kind is sent at most once in this time, even in a storm. */
const QUIET = 1_000;

/** The most subscribers: each holds a connection open. */
const MAX_LISTENERS = 200;

/** A subscriber to changes. */
export interface Listener {
  readonly changed: (change: Change) => void;
  /** Called when the relay stops. */
  readonly closed: () => void;
}

/**
 * Notifies subscribers of a change by its kind; they read the new state themselves. It costs nothing without subscribers.
 * Only changes of this instance are seen.
 */
export class Events {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  /** The time at which each kind was last sent. */
  readonly #sent = new Map<Change, number>();
  /** The kinds that wait to be sent, each with the function that cancels its timer. */
  readonly #waiting = new Map<Change, () => void>();
  #closed = false;
  #changes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Grows with each change that was sent, and with each change while there is no subscriber: a result that was computed at
   * the same number is still fresh enough to show.
   */
  get changes(): number {
    return this.#changes;
  }

  /** Report changes. */
  tell(...changes: readonly Change[]): void {
    if (this.#listeners.size === 0) {
      this.#changes++;
      return;
    }
    for (const change of changes) {
      if (this.#waiting.has(change)) continue;
      const due = (this.#sent.get(change) ?? -Infinity) + QUIET;
      if (due <= this.#clock.now()) this.#send(change);
      else this.#waiting.set(change, this.#clock.at(due, () => this.#send(change)));
    }
  }

  /** Subscribe. @returns the function that ends it; `undefined` when there are too many subscribers, or the relay stops */
  listen(listener: Listener): (() => void) | undefined {
    if (this.#closed || this.#listeners.size >= MAX_LISTENERS) return undefined;
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#forget();
    };
  }

  /** Ends all subscriptions when the relay stops. */
  close(): void {
    this.#closed = true;
    this.#forget();
    for (const { closed } of [...this.#listeners]) closed();
    this.#listeners.clear();
  }

  #send(change: Change): void {
    this.#waiting.delete(change);
    this.#sent.set(change, this.#clock.now());
    this.#changes++;
    for (const { changed } of [...this.#listeners]) changed(change);
  }

  #forget(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}
