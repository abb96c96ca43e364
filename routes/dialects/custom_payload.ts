/**
 * Payloads of no known webhook: the JSON or form data that users of PrometheusAlert send to their own templates.
 *
 * @module
 */
import type { IncomingAlert, Labels } from "../../relay/domain/alert.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { cut, oneLine } from "../../relay/base/text.ts";
import { isWebAddress } from "../../relay/base/web_address.ts";
import type { WebhookOptions } from "./webhook_fields.ts";

/** The most fields of a payload that are read, and the most characters of each. */
const MAX_FIELDS = 100;
const VALUE_CHARS = 2_000;

const TITLES = [
  "title",
  "alertname",
  "alertName",
  "ruleName",
  "name",
  "subject",
  "event",
  "projectname",
  "msg",
  "message",
];
const TEXTS = ["message", "description", "content", "text", "summary", "msg", "body"];
const STATES = ["status", "state", "alertState"];
const SEVERITIES = ["severity", "level", "priority", "triggerLevel"];

const RESOLVED = /^(ok|resolved|recover(y|ed)|normal|closed?|0)$/i;

/** Fields that change between notifications, so they do not identify the alert. */
const VOLATILE =
  /^(status|state|alertstate|.*time(stamp)?|.*date|.*_at|startsat|endsat|signature|value|curvalue)$/i;

/** Any object as one alert. Its scalar fields are labels, so that rules can route it. */
export function parseCustom(
  body: Readonly<Record<string, unknown>>,
  { severities }: WebhookOptions,
): IncomingAlert {
  const fields = Object.entries(body).slice(0, MAX_FIELDS).filter(([name]) => name !== "")
    .map(([name, value]): [string, string] => [cut(name, { chars: 100 }), wordsOf(value)]);
  const labels: Labels = Object.fromEntries(
    fields.filter(([name]) => typeof body[name] !== "object" || body[name] === null),
  );
  const first = (names: readonly string[]): string =>
    names.map((name) => Object.hasOwn(labels, name) ? labels[name]! : "").find((value) =>
      value.trim() !== ""
    ) ?? "";
  const word = first(SEVERITIES) || undefined;
  const { severity, recognised } = severityOf(word, severities);
  const title = cut(oneLine(first(TITLES)), { chars: 200 });
  return {
    identity: Object.fromEntries(fields.filter(([name]) => !VOLATILE.test(name))),
    alert: {
      dialect: "prometheusalert",
      status: RESOLVED.test(first(STATES).trim()) ? "resolved" : "firing",
      severity,
      ...recognised || word === undefined ? {} : { severityText: word },
      title: title || "PrometheusAlert",
      text: first(TEXTS) || fields.map(([name, value]) => `${name}: ${value}`).join("\n"),
      labels,
      annotations: {},
      startsAt: null,
      endsAt: null,
      links: ["ruleUrl", "url", "link"].flatMap((name) => {
        const url = body[name];
        return typeof url === "string" && isWebAddress(url) ? [{ kind: "source" as const, url }] : [];
      }),
    },
  };
}

function wordsOf(value: unknown): string {
  const words = typeof value === "object" && value !== null ? JSON.stringify(value) : String(value);
  return cut(words, { chars: VALUE_CHARS });
}
