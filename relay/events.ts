import type { Clock } from "./base/clock.ts";

/** What may have changed: something in the log, of what burns, of a delivery, of a lane, of the configuration. */
export type Change = "alert" | "incident" | "delivery" | "lane" | "config";

/** All of them. */
export const CHANGES: readonly Change[] = ["alert", "incident", "delivery", "lane", "config"];

/** Of each kind at most one event in this time, whatever the storm. */
const QUIET = 1_000;

/** Who listens at most: each holds a connection open. */
const MOST_LISTENERS = 200;

/** Somebody who wants to hear of changes. */
export interface Listener {
  readonly changed: (change: Change) => void;
  /** The relay stops. */
  readonly closed: () => void;
}

/**
 * Tells who listens that something changed, not what: they look for themselves. It costs nothing while nobody listens.
 * Only changes that this instance made are heard.
 */
export class Events {
  readonly #clock: Clock;
  readonly #listeners = new Set<Listener>();
  /** When each kind was told last; of those that have to wait, what takes the wait back. */
  readonly #told = new Map<Change, number>();
  readonly #waiting = new Map<Change, () => void>();
  #closed = false;
  #changes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Grows with each change that who listens has been told of, and with each change while nobody listens: what was worked
   * out at the same number may be shown to them.
   */
  get changes(): number {
    return this.#changes;
  }

  /** Something changed. */
  tell(...changes: readonly Change[]): void {
    if (this.#listeners.size === 0) {
      this.#changes++;
      return;
    }
    for (const change of changes) {
      if (this.#waiting.has(change)) continue;
      const due = (this.#told.get(change) ?? -Infinity) + QUIET;
      if (due <= this.#clock.now()) this.#send(change);
      else this.#waiting.set(change, this.#clock.at(due, () => this.#send(change)));
    }
  }

  /** Hear of changes. @returns what ends it, or `undefined` when too many listen, or the relay stops. */
  listen(listener: Listener): (() => void) | undefined {
    if (this.#closed || this.#listeners.size >= MOST_LISTENERS) return undefined;
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#forget();
    };
  }

  /** The relay stops: everybody who listens is let go. */
  close(): void {
    this.#closed = true;
    this.#forget();
    for (const { closed } of [...this.#listeners]) closed();
    this.#listeners.clear();
  }

  #send(change: Change): void {
    this.#waiting.delete(change);
    this.#told.set(change, this.#clock.now());
    this.#changes++;
    for (const { changed } of [...this.#listeners]) changed(change);
  }

  #forget(): void {
    for (const cancel of this.#waiting.values()) cancel();
    this.#waiting.clear();
  }
}
