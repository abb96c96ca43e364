import { z } from "zod";
import { readInstant } from "../../relay/base/instant.ts";
import { isWebAddress } from "../../relay/base/web_address.ts";
import { type IncomingAlert, labelOf, type Labels } from "../../relay/domain/alert.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { annotatedLinks, identityOf, textOf, type WebhookOptions } from "../dialects/webhook_fields.ts";
import { RequestError } from "../http/errors.ts";
import { wrongType } from "../http/wrong_type.ts";
import { required, unreadable } from "./body.ts";

/** Names and values; `null` is an empty value. It is no record of zod, which would omit `__proto__`. */
const labelSet = z.nullish(
  z.custom<Readonly<Record<string, string | null>>>(isLabelSet, "an object of strings is needed"),
).meta({ type: "object", additionalProperties: { type: "string" } });

const time = z.nullish(z.string()).meta({ examples: ["2026-11-30T08:00:00Z"] });

/** An alert as a client posts it. Source: https://github.com/prometheus/alertmanager/blob/main/api/v2/openapi.yaml (`postableAlert`) */
export const postableAlert = z.object({
  labels: labelSet,
  annotations: labelSet,
  startsAt: time,
  endsAt: time,
  generatorURL: z.nullish(z.string()),
});

/** The inputs of an alert, in addition to its JSON. */
export interface AlertOptions extends Pick<WebhookOptions, "ignoreLabels" | "severities"> {
  readonly now: number;
  /** The duration of an alert without an end, in milliseconds. */
  readonly resolveTimeout: number;
}

/** An alert, or its error, in Alertmanager's words. `index`: its position in the body. */
export function readAlert(
  value: unknown,
  { index, now, resolveTimeout, ignoreLabels, severities }: AlertOptions & { index: number },
): IncomingAlert | RequestError {
  const parsed = postableAlert.safeParse(value, { error: wrongType });
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
    return unreadable("alerts", `${[index, ...path].join(".")}: ${message}`);
  }
  if (!parsed.data.labels) return required(`${index}.labels`);
  const labels = withValues(parsed.data.labels);
  const annotations = textsIn(parsed.data.annotations);
  const times = timesOf(parsed.data, index);
  if (times instanceof RequestError) return times;
  const { startsAt, endsAt } = times;
  const fault = faultOf({ labels, annotations, startsAt, endsAt: endsAt ?? now + resolveTimeout });
  if (fault !== undefined) return new RequestError(400, fault);
  const isOver = endsAt !== undefined && endsAt <= now;
  const word = labelOf(labels, "severity");
  const { severity, recognised } = severityOf(word, severities);
  const source = parsed.data.generatorURL;
  return {
    identity: identityOf(labels, ignoreLabels),
    alert: {
      dialect: "alertmanager_api",
      status: isOver ? "resolved" : "firing",
      severity,
      ...recognised || word === undefined ? {} : { severityText: word },
      title: labelOf(labels, "alertname") ?? "",
      text: textOf(annotations),
      labels,
      annotations,
      startsAt: startsAt ?? (isOver ? endsAt : now),
      ...startsAt === undefined && !isOver ? { startAssumed: true } : {},
      endsAt: isOver ? endsAt : null,
      ...isOver ? {} : { clearsAfter: endsAt === undefined ? resolveTimeout : endsAt - now },
      links: [
        ...source && isWebAddress(source) ? [{ kind: "source", url: source } as const] : [],
        ...annotatedLinks(annotations),
      ],
    },
  };
}

function isLabelSet(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((one) => one === null || typeof one === "string");
}

/** Without empty values: such a label counts as absent. */
function withValues(labels: Readonly<Record<string, string | null>>): Labels {
  const values = Object.values(labels);
  if (values.every((value) => value !== null && value !== "")) return labels as Labels;
  return Object.fromEntries(Object.entries(labels).filter((one): one is [string, string] => Boolean(one[1])));
}

function textsIn(annotations: Readonly<Record<string, string | null>> | null | undefined): Labels {
  return Object.fromEntries(Object.entries(annotations ?? {}).map(([name, value]) => [name, value ?? ""]));
}

/** Go's zero time, which means none. */
const ZERO = Date.parse("0001-01-01T00:00:00Z");

function timesOf(
  { startsAt, endsAt }: { startsAt?: string | null | undefined; endsAt?: string | null | undefined },
  index: number,
): { startsAt: number | undefined; endsAt: number | undefined } | RequestError {
  const times: (number | undefined)[] = [];
  for (const [name, text] of [["startsAt", startsAt], ["endsAt", endsAt]] as const) {
    const ms = text ? readInstant(text, { timezone: "UTC" }) : ZERO;
    if (ms === undefined) {
      return unreadable("alerts", `${index}.${name}: parsing time ${JSON.stringify(text!.slice(0, 100))}`);
    }
    times.push(ms === ZERO ? undefined : Math.max(0, ms));
  }
  const [starts, ends] = times;
  return { startsAt: starts, endsAt: ends };
}

/** Validates an alert as Alertmanager does. @returns the error, or `undefined` if it is valid */
function faultOf(
  { labels, annotations, startsAt, endsAt }: {
    labels: Labels;
    annotations: Labels;
    startsAt: number | undefined;
    endsAt: number;
  },
): string | undefined {
  if (startsAt !== undefined && endsAt < startsAt) return "start time must be before end time";
  if (Object.keys(labels).length === 0) return "at least one label pair required";
  if (Object.hasOwn(labels, "")) return 'invalid label set: invalid name ""';
  if (Object.hasOwn(annotations, "")) return 'invalid annotations: invalid name ""';
}
