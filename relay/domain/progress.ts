import type { Retry } from "./verdict.ts";

/** The progress of a message that is sent to each recipient separately. Recipients are members, by their ids. */
export interface Progress {
  readonly reached: readonly string[];
  /** Recipients that cannot be reached, with the reasons. */
  readonly failed: Readonly<Record<string, string>>;
  /** Recipients for whom the channel had nothing to send. */
  readonly skipped: readonly string[];
  /** Recipients whose attempt failed in this round, and how: they are retried after the others. */
  readonly tried: Readonly<Record<string, FailedTurn>>;
  /** When a person last sent one of its deliveries again, which begins anew. */
  readonly again?: number;
}

/** How an attempt failed that will be retried. */
export type FailedTurn = Pick<Retry, "because" | "handedOver" | "broken" | "step" | "waitMs">;
