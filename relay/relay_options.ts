import type { Clock } from "./base/clock.ts";
import type { ChannelRegistry } from "./channel/registry.ts";
import type { Config } from "./config/mod.ts";
import type { Random } from "./delivery/retry.ts";
import type { Templates } from "./message/templates.ts";
import type { Kv } from "./store/kv.ts";
import type { SharedLink } from "./store/link.ts";

/** The parts of a relay. */
export interface RelayOptions {
  readonly config: Config;
  /** The database, or the link to a shared one. */
  readonly kv: Kv | SharedLink;
  /** Whether this process is the only user of the database. */
  readonly exclusive: boolean;
  /** Damage of the database that was found during operation, if any. */
  readonly databaseProblem?: (() => string | undefined) | undefined;
  readonly channels: ChannelRegistry;
  readonly templates: Templates;
  readonly clock?: Clock;
  readonly random?: Random;
  /** Milliseconds that one attempt may take, unless the destination or its channel sets it. Default 10,000. */
  readonly sendTimeout?: number;
  /** Milliseconds that one database operation may take. Default 5,000; behind a link 1,500. */
  readonly storeDeadline?: number;
  /**
   * Milliseconds that a sender waits for its alerts to be stored. Default 10,000; on a shared store 1,800, so that a refusal
   * comes within two seconds.
   */
  readonly patience?: number;
  /** Milliseconds that a search of the log, of incidents or of deliveries may take. Default 60. */
  readonly searchBudget?: number;
  readonly fetch?: typeof globalThis.fetch;
  /** Called with an internal error, in words without secrets. */
  readonly report?: (words: string) => void;
  /** Called with a sender's error, in words without secrets. */
  readonly warn?: (words: string) => void;
}
