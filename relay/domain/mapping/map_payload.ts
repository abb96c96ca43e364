import { readAnyTime } from "../../base/any_time.ts";
import type { Expression } from "../../base/expression.ts";
import { cut, oneLine } from "../../base/text.ts";
import { isWebAddress } from "../../base/web_address.ts";
import type { IncomingAlert, Labels, Link } from "../alert.ts";
import { type Severity, severityOf } from "../severity.ts";
import { labelsFrom } from "./labels_from.ts";
import type { MappedStatus, Mapping } from "./mapping.ts";
import { statusOf } from "./status_words.ts";

/** The result of a mapping. An alert that cannot be read does not affect the others. */
export interface Mapped {
  readonly alerts: readonly IncomingAlert[];
  readonly wrong: readonly WrongAlert[];
  /** The number of items that the mapping ignores. */
  readonly ignored: number;
}

/** The reason why an alert of a payload cannot be read. */
export interface WrongAlert {
  /** Its index among the alerts of the payload, from 0. */
  readonly index: number;
  /** The part of the mapping that fails. */
  readonly field: "alerts" | "title" | "status";
  readonly reason: string;
}

/** The options of {@linkcode mapPayload}. */
export interface MapOptions {
  /** The alerts' dialect: the name of the door. */
  readonly dialect: string;
  /** The configuration's spellings of severities. */
  readonly severities: ReadonlyMap<string, Severity>;
}

const TITLE_CHARS = 200;
const TEXT_CHARS = 20_000;
const VALUE_CHARS = 2_000;

/** The most alerts of one payload that are read. */
export const MAX_MAPPED = 10_000;

/** Maps a payload to alerts. */
export function mapPayload(payload: unknown, mapping: Mapping, options: MapOptions): Mapped {
  const selected = selectAlerts(payload, mapping);
  if (selected.length === 0) {
    const reason = mapping.alerts ? "selects nothing in this payload" : "the payload is an empty list";
    return { alerts: [], wrong: [{ index: 0, field: "alerts", reason }], ignored: 0 };
  }
  const alerts: IncomingAlert[] = [];
  const wrong: WrongAlert[] = [];
  let ignored = 0;
  for (const [index, item] of selected.slice(0, MAX_MAPPED).entries()) {
    const result = mapAlert({ item, payload }, mapping, options);
    if (result === "ignored") ignored++;
    else if ("alert" in result) alerts.push(result);
    else wrong.push({ index, ...result });
  }
  if (selected.length > MAX_MAPPED) {
    const reason = `has too many alerts: at most ${MAX_MAPPED} of one payload are read; send it in parts`;
    wrong.push({ index: MAX_MAPPED, field: "alerts", reason });
  }
  return { alerts, wrong, ignored };
}

/** The parts of a payload that are alerts. */
export function selectAlerts(payload: unknown, { alerts }: Mapping): unknown[] {
  return alerts ? alerts.all(payload).flatMap((one) => Array.isArray(one) ? one : [one]) : [payload].flat();
}

/** The part of the payload that is one alert, and the whole payload. */
export interface AlertSource {
  readonly item: unknown;
  readonly payload: unknown;
}

function textIn(expression: Expression | undefined, { item, payload }: AlertSource): string | undefined {
  return expression?.text(item, payload);
}

function valuesIn(expression: Expression, { item, payload }: AlertSource): unknown[] {
  return expression.all(item, payload);
}

/** One alert of a payload: mapped, wrong or ignored. */
export function mapAlert(
  source: AlertSource,
  mapping: Mapping,
  { dialect, severities }: MapOptions,
): IncomingAlert | Omit<WrongAlert, "index"> | "ignored" {
  const state = statusIn(source, mapping);
  if ("reason" in state) return state;
  if (state.status === "ignore") return "ignored";
  const { status } = state;
  const title = cut(oneLine(textIn(mapping.title, source) ?? ""), { chars: TITLE_CHARS });
  if (title === "") return { field: "title", reason: "finds nothing in this alert, and has no default" };
  const { timezone } = mapping;
  const timeIn = (expression: Expression | undefined): number | undefined =>
    expression && valuesIn(expression, source).map((value) => readAnyTime(value, { timezone }))
      .find((ms) => ms !== undefined);
  const labels = labelsIn(source, mapping);
  const severity = severityIn(source, mapping, severities);
  return {
    // Not with the labels that are added below, because the severity may change.
    identity: identityIn(source, mapping, { title, labels }),
    alert: {
      dialect,
      ...state,
      status,
      ...severity,
      title,
      text: cut(textIn(mapping.text, source) ?? "", { chars: TEXT_CHARS }),
      labels: { alertname: title, severity: severity.severity, origin: dialect, ...labels },
      annotations: textsIn(mapping.annotations, source),
      startsAt: timeIn(mapping.startsAt) ?? null,
      endsAt: status === "resolved" ? timeIn(mapping.endsAt) ?? null : null,
      links: linksIn(source, mapping),
    },
  };
}

function statusIn(
  source: AlertSource,
  { status: mapping }: Mapping,
): { status: MappedStatus; statusAssumed?: true } | Omit<WrongAlert, "index"> {
  if (!mapping) return { status: "firing", statusAssumed: true };
  const word = textIn(mapping.from, source);
  const status = (word === undefined ? undefined : statusOf(word, mapping.words)) ?? mapping.default;
  if (status !== undefined) return { status };
  const reason = word === undefined
    ? "finds nothing in this alert, and has no default"
    : `finds ${
      JSON.stringify(cut(word, { chars: 60 }))
    }: say in its words whether that is firing, resolved or to be ignored, or give it a default`;
  return { field: "status", reason };
}

function severityIn(
  source: AlertSource,
  { severity: mapping }: Mapping,
  severities: ReadonlyMap<string, Severity>,
): { severity: Severity; severityText?: string } {
  const word = mapping && textIn(mapping.from, source)?.trim();
  if (word === undefined) return { severity: mapping?.default ?? severityOf(undefined).severity };
  const own = mapping!.words.get(word.toLowerCase());
  if (own !== undefined) return { severity: own };
  const { severity, recognised } = severityOf(word, severities);
  if (recognised) return { severity };
  return { severity: mapping!.default ?? severity, severityText: cut(word, { chars: 60 }) };
}

function labelsIn(source: AlertSource, { labels, labelsFrom: from }: Mapping): Labels {
  const found = from.flatMap((expression) => labelsFrom(valuesIn(expression, source)));
  return { ...Object.fromEntries(found), ...textsIn(labels, source) };
}

function textsIn(expressions: ReadonlyMap<string, Expression>, source: AlertSource): Labels {
  return Object.fromEntries(
    [...expressions].flatMap(([name, expression]): [string, string][] => {
      const text = textIn(expression, source);
      return text === undefined ? [] : [[name, cut(text, { chars: VALUE_CHARS })]];
    }),
  );
}

/**
 * The labels that identify the alert: the values of its key, otherwise its title and labels. Times and measured
 * values must not.
 */
function identityIn(
  source: AlertSource,
  { key }: Mapping,
  { title, labels }: { title: string; labels: Labels },
): Labels {
  const keys = key.map((expression) => textIn(expression, source));
  if (keys.every((one) => one === undefined)) return { title, ...labels };
  return Object.fromEntries(keys.map((one, index) => [`key${index}`, one ?? ""]));
}

function linksIn(source: AlertSource, { links }: Mapping): Link[] {
  return [...links].flatMap(([kind, expression]): Link[] => {
    const url = textIn(expression, source)?.trim();
    return url !== undefined && isWebAddress(url) ? [{ kind, url }] : [];
  });
}
