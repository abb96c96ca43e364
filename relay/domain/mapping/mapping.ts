/**
 * A mapping of a JSON payload to alerts: an expression for each part of an alert, and tables for the sender's words.
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

/** A part of an alert that the sender gives as a word, with the meanings of the words. */
export interface WordMapping<T extends string> {
  readonly from: Expression;
  /** The sender's word in lower case → its meaning. */
  readonly words: ReadonlyMap<string, T>;
  /** The meaning of a missing or an unknown word. */
  readonly default?: T | undefined;
}

/** The status of a mapped alert. `ignore`: the item is not an alert, but for example a test call or a comment. */
export type MappedStatus = Status | "ignore";

/** A mapping of one sender's payloads. Expressions are evaluated on each alert, and if they find nothing, on the payload. */
export interface Mapping {
  /** Selects the alerts. Without it, the payload is one alert or a list of alerts. */
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
  /** The time zone of times without one. */
  readonly timezone: string;
}
