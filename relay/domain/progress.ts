import type { Retry } from "./verdict.ts";

/** The progress of a message that is sent to each recipient separately. Recipients are members, by their ids. */
export interface Progress {
  readonly reached: readonly string[];
  /** Recipients that cannot be reached, with the reasons. */
  readonly failed: Readonly<Record<string, string>>;
  /** Recipients whom the channel skipped. */
  readonly skipped: readonly string[];
  /** Recipients whose attempt failed in this round, with the failure: they are retried after the others. */
  readonly tried: Readonly<Record<string, FailedTurn>>;
  /** The time at which a person last sent one of its deliveries again, which begins anew. */
  readonly again?: number;
}

/** The failure of an attempt that will be retried. */
export type FailedTurn = Pick<Retry, "because" | "handedOver" | "broken" | "step" | "waitMs">;
