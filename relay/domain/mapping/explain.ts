import { type Expression, textOfJson } from "../../base/expression.ts";
import { cut } from "../../base/text.ts";
import type { IncomingAlert } from "../alert.ts";
import { type AlertSource, mapAlert, type MapOptions, selectAlerts, type WrongAlert } from "./map_payload.ts";
import type { Mapping } from "./mapping.ts";

/** A part of a mapping on one alert: the expression that counts, and its result. */
export interface ExplainedPart {
  /** The part's name in the configuration: `title`, `labels.host`, `links.source`. */
  readonly part: string;
  /** The expression with a result; without one, all of them. */
  readonly expressions: readonly string[];
  /** The result as text; `undefined` without one. */
  readonly found?: string | undefined;
  /** Whether it finds it in the payload around the alert. */
  readonly isAround: boolean;
}

/** An alert of a payload, part by part. */
export interface ExplainedAlert {
  /** Its index among the alerts of the payload, from 0. */
  readonly index: number;
  readonly result: IncomingAlert | Omit<WrongAlert, "index"> | "ignored";
  readonly parts: readonly ExplainedPart[];
}

const FOUND_CHARS = 2_000;

/** Explains the first `limit` alerts that a mapping makes of a payload. */
export function explainPayload(
  payload: unknown,
  mapping: Mapping,
  { limit, ...options }: MapOptions & { limit: number },
): ExplainedAlert[] {
  return selectAlerts(payload, mapping).slice(0, limit).map((item, index) => ({
    index,
    result: mapAlert({ item, payload }, mapping, options),
    parts: partsOf(mapping).map(([part, expression, reads]) =>
      explain(part, expression, { item, payload }, reads)
    ),
  }));
}

/** Whether a part of a mapping reads the first text that is found, or all values. */
type Reads = "text" | "all";

function partsOf(mapping: Mapping): [part: string, expression: Expression, reads: Reads][] {
  const { status, severity, title, text, labels, labelsFrom, annotations, key, startsAt, endsAt, links } =
    mapping;
  const parts: [string, Expression | undefined, Reads][] = [
    ["status", status?.from, "text"],
    ["severity", severity?.from, "text"],
    ["title", title, "text"],
    ["text", text, "text"],
    ...named("labels", labels),
    ...listed("labels_from", labelsFrom, "all"),
    ...named("annotations", annotations),
    ...listed("key", key, "text"),
    ["starts_at", startsAt, "all"],
    ["ends_at", endsAt, "all"],
    ...named("links", links),
  ];
  return parts.filter((one): one is [string, Expression, Reads] => one[1] !== undefined);
}

function named(part: string, expressions: ReadonlyMap<string, Expression>): [string, Expression, Reads][] {
  return [...expressions].map(([name, expression]) => [`${part}.${name}`, expression, "text"]);
}

function listed(
  part: string,
  expressions: readonly Expression[],
  reads: Reads,
): [string, Expression, Reads][] {
  return expressions.map((expression, index) => [
    expressions.length === 1 ? part : `${part}[${index}]`,
    expression,
    reads,
  ]);
}

function explain(
  part: string,
  { options }: Expression,
  { item, payload }: AlertSource,
  reads: Reads,
): ExplainedPart {
  const find = (
    { text, all }: Pick<Expression, "text" | "all">,
    ...values: [unknown, unknown?]
  ): string | undefined => reads === "text" ? text(...values) : textOf(all(...values));
  for (const option of options) {
    const found = find(option, item, payload);
    if (found === undefined) continue;
    const isAround = item !== payload && find(option, item) === undefined;
    return { part, expressions: [option.source], found: cut(found, { chars: FOUND_CHARS }), isAround };
  }
  return { part, expressions: options.map(({ source }) => source), isAround: false };
}

/** Values as text; `undefined` if there is none. */
function textOf(values: readonly unknown[]): string | undefined {
  return values.length === 0 ? undefined : values.map((value) => textOfJson(value) ?? "").join(", ");
}
