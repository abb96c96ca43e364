import type { Retry } from "./verdict.ts";

/** How far a message is that is sent to each recipient by itself. Recipients are members, by their ids. */
export interface Progress {
  readonly reached: readonly string[];
  /** Those who will not get it, and why. */
  readonly failed: Readonly<Record<string, string>>;
  /** Those for whom the channel had nothing to send. */
  readonly skipped: readonly string[];
  /** Those whose attempt failed in this round, and how: they have another turn when the others had theirs. */
  readonly tried: Readonly<Record<string, FailedTurn>>;
  /** When a person last sent one of its deliveries again, which begins anew. */
  readonly again?: number;
}

/** How an attempt failed that is made again. */
export type FailedTurn = Pick<Retry, "because" | "handedOver" | "broken" | "step" | "waitMs">;
