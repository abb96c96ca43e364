import type { Clock } from "../base/clock.ts";

/** The looks at the bells. */
export interface BellWatchOptions {
  readonly clock: Clock;
  /** Look for additions to the lanes of this instance; must not reject. */
  readonly lookAtOwn: () => void;
  /** Look at all lanes; must not reject. */
  readonly lookAtAll: () => void;
}

/** The shortest interval between two looks for additions to the lanes that are worked on here. */
const OWN_EVERY = 250;

/**
 * Milliseconds after a ring until all lanes are looked at. The instance that rang works on the lane at once, and has
 * usually left it by then: a bell that is still set may be of an instance that died.
 */
const ALL_AFTER = 5_000;

/**
 * Decide when to read the bells of a shared database: after a ring, and once a minute by the upkeep, in case a ring
 * was missed.
 */
export class BellWatch {
  readonly #options: BellWatchOptions;
  #cancelOwn: (() => void) | undefined;
  #cancelAll: (() => void) | undefined;
  #ownAt = -Infinity;

  constructor(options: BellWatchOptions) {
    this.#options = options;
  }

  /**
   * Called when an instance has put deliveries into a lane. `byThis`: this instance, which need not look for its own
   * additions.
   */
  rang({ byThis }: { byThis: boolean }): void {
    const { clock, lookAtAll, lookAtOwn } = this.#options;
    const now = clock.now();
    this.#cancelAll ??= clock.at(now + ALL_AFTER, () => {
      this.#cancelAll = undefined;
      lookAtAll();
    });
    if (byThis || this.#cancelOwn) return; // what another instance rang just before is found by the other look
    const look = (): void => {
      this.#cancelOwn = undefined;
      this.#ownAt = clock.now();
      lookAtOwn();
    };
    if (now >= this.#ownAt + OWN_EVERY) look();
    else this.#cancelOwn = clock.at(this.#ownAt + OWN_EVERY, look);
  }

  /** Stop looking. */
  stop(): void {
    this.#cancelOwn?.();
    this.#cancelAll?.();
  }
}
