import { withTimeout } from "../base/timeout.ts";
import type { Atomic } from "./atomic.ts";
import { StoreError } from "./errors.ts";
import type { Kv } from "./kv.ts";

/** How an operation is run: what it does, for errors, and its time limit in milliseconds. */
export interface LinkedOperation {
  /** Such as `read the log`. */
  readonly action: string;
  /** Infinity = none. */
  readonly within: number;
}

/** How the store reaches its database. */
export interface Link {
  /** An empty atomic, to be committed in an operation of {@linkcode run}. @throws StoreAwayError */
  atomic(action: string): Atomic;
  /** The entries of keys, now and whenever they change, until the connection ends. @throws StoreAwayError */
  watch(keys: readonly Deno.KvKey[], action: string): ReadableStream<Deno.KvEntryMaybe<unknown>[]>;
  /** Run an operation within its time limit. @throws StoreError when there is no answer; any error of the database */
  run<T>(operation: (kv: Kv) => Promise<T>, options: LinkedOperation): Promise<T>;
}

/** The link to a shared database, which may be away for a while: then every operation fails at once. */
export interface SharedLink extends Link {
  /** `open`: the database does not answer, and operations fail at once. */
  readonly state: "closed" | "open";
  /** How often the database stopped answering. */
  readonly openings: number;
  /** Since when the database does not answer, and why not, for people who may see it; `undefined` when it does. */
  readonly outage: Outage | undefined;
  /** Waits until the database answers. */
  whenUp(): Promise<void>;
  /** Calls a listener after each outage. */
  whenBack(listener: () => void): void;
  /** Give up everything: what waits fails, and nothing is tried any more. */
  stop(): void;
}

/** A time in which the database does not answer. */
export interface Outage {
  readonly since: number;
  readonly because: string;
}

/** A database that is always there: a local file. An operation that timed out cannot be cancelled: it may still land. */
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
