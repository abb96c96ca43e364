/**
 * How a JSON payload becomes alerts: an expression for each part of an alert, and tables for the sender's words.
 *
 * @module
 */
import type { Expression } from "../../base/expression.ts";
import type { LinkKind, Status } from "../alert.ts";
import type { Severity } from "../severity.ts";

/** The links that a mapping may set. */
export const MAPPED_LINKS = [
  "source",
  "dashboard",
  "panel",
  "image",
  "runbook",
  "silence",
] as const satisfies readonly LinkKind[];

/** A part that has words of the sender: what they mean, and what a missing or unknown one means. */
export interface WordMapping<T extends string> {
  readonly from: Expression;
  /** In lower case. */
  readonly words: ReadonlyMap<string, T>;
  readonly default?: T | undefined;
}

/** A state of a mapped alert. `ignore`: it is no alert, such as a test call or a comment. */
export type MappedStatus = Status | "ignore";

/** A mapping of one sender's payloads. Expressions are evaluated on each alert, and where they find nothing, on the payload. */
export interface Mapping {
  /** Selects the alerts. Without it the payload is one alert, or a list of alerts. */
  readonly alerts?: Expression | undefined;
  readonly title: Expression;
  readonly text?: Expression | undefined;
  readonly status?: WordMapping<MappedStatus> | undefined;
  readonly severity?: WordMapping<Severity> | undefined;
  /** Label → its value. */
  readonly labels: ReadonlyMap<string, Expression>;
  /** Objects whose fields are labels, or lists of `name:value`, or of objects with a name and a value. */
  readonly labelsFrom: readonly Expression[];
  readonly annotations: ReadonlyMap<string, Expression>;
  /** The values that identify an alert; without them, the title and the labels do. */
  readonly key: readonly Expression[];
  readonly startsAt?: Expression | undefined;
  readonly endsAt?: Expression | undefined;
  readonly links: ReadonlyMap<typeof MAPPED_LINKS[number], Expression>;
  /** The zone of times that name none. */
  readonly timezone: string;
}
