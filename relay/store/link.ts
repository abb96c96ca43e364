import { withTimeout } from "../base/timeout.ts";
import type { Atomic } from "./atomic.ts";
import { StoreError } from "./errors.ts";
import type { Kv } from "./kv.ts";

/** The properties of an operation: its action, for errors, and its time limit in milliseconds. */
export interface LinkedOperation {
  /** A phrase such as `read the log`. */
  readonly action: string;
  /** Infinity = none. */
  readonly within: number;
}

/** The store's connection to its database. */
export interface Link {
  /** An empty atomic, to be committed in an operation of {@linkcode run}. @throws StoreAwayError */
  atomic(action: string): Atomic;
  /** The entries of keys, now and after each change, until the connection ends. @throws StoreAwayError */
  watch(keys: readonly Deno.KvKey[], action: string): ReadableStream<Deno.KvEntryMaybe<unknown>[]>;
  /** Run an operation within its time limit. @throws StoreError when there is no answer; any error of the database */
  run<T>(operation: (kv: Kv) => Promise<T>, options: LinkedOperation): Promise<T>;
}

/** The link to a shared database, which may be unreachable for a while: then every operation fails at once. */
export interface SharedLink extends Link {
  /** `open`: the database does not answer, and operations fail at once. */
  readonly state: "closed" | "open";
  /** The number of outages. */
  readonly openings: number;
  /** The begin and the reason of the current outage, for authorised readers; `undefined` without one. */
  readonly outage: Outage | undefined;
  /** Waits until the database answers. */
  whenUp(): Promise<void>;
  /** Calls a listener after each outage. */
  whenBack(listener: () => void): void;
  /** Gives up: pending operations fail, and nothing is retried. */
  stop(): void;
}

/** A period in which the database does not answer. */
export interface Outage {
  readonly since: number;
  readonly because: string;
}

/**
 * A database that is always reachable: a local file. An operation that timed out cannot be cancelled: it may still
 * land.
 */
export class DirectLink implements Link {
  readonly #kv: Kv;

  constructor(kv: Kv) {
    this.#kv = kv;
  }

  atomic(): Atomic {
    return this.#kv.atomic();
  }

  watch(keys: readonly Deno.KvKey[]): ReadableStream<Deno.KvEntryMaybe<unknown>[]> {
    return this.#kv.watch(keys);
  }

  async run<T>(operation: (kv: Kv) => Promise<T>, { action, within }: LinkedOperation): Promise<T> {
    const done = operation(this.#kv);
    return await (within === Infinity ? done : withTimeout(done, within, () => {
      throw new StoreError(
        "unavailable",
        `Cannot ${action}: the database did not answer within ${within} ms`,
      );
    }));
  }
}
