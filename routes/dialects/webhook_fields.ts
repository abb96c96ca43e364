/**
 * The common fields of Alertmanager's webhook and similar ones: their schemas, their conversion to an alert, and the
 * errors for wrong ones.
 *
 * @module
 */
import { z } from "zod";
import { type Alert, labelOf, type Labels, type Link } from "../../relay/domain/alert.ts";
import { sha256Hex } from "../../relay/base/hash.ts";
import { readInstant } from "../../relay/base/instant.ts";
import { type Severity, severityOf } from "../../relay/domain/severity.ts";
import { RequestError } from "../http/errors.ts";
import { kindOf, wrongType } from "../http/wrong_type.ts";

/** The part of the configuration that the parsers need. */
export interface WebhookOptions {
  readonly ignoreLabels: ReadonlySet<string>;
  readonly severities: ReadonlyMap<string, Severity>;
  /** The zone of times that name none. */
  readonly timezone: string;
  /** The index of the first alert, if a payload is parsed in parts. */
  readonly from?: number;
}

/** The most wrong labels of one alert that are reported: it may have a million. */
const MAX_ISSUES = 20;

/**
 * All labels, unchanged: zod's own records omit `__proto__`, so two alerts that differ only in that label would be one.
 * There is no transform: zod would create another object for each field.
 */
export const labels: z.ZodType<Labels> = z.custom<Labels>().meta({
  type: "object",
  additionalProperties: { type: "string" },
  examples: [{ alertname: "DiskFull", severity: "critical", instance: "db-1" }],
}).check(({ value, issues }) => {
  const complain = (message: string, path: PropertyKey[]): void =>
    void issues.push({ code: "custom", message, path, input: value });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return complain(`an object of strings is needed, not ${kindOf(value)}`, []);
  }
  const wrong = Object.keys(value).filter((name) => typeof value[name] !== "string");
  for (const name of wrong.slice(0, MAX_ISSUES)) {
    complain(`a string is needed, not ${kindOf(value[name])}`, [name]);
  }
});

/** Labels, or none. */
export const optionalLabels = z.nullish(labels);

/** RFC 3339, with any offset and any number of digits, or without a zone; read with {@linkcode timeIn}. */
export const time = z.nullish(
  z.string().refine((text) => text === "" || readInstant(text, { timezone: "UTC" }) !== undefined, {
    error: "a time such as 2026-01-31T08:00:00Z is needed",
  }),
);

/** A time in epoch milliseconds; `null`: none. Go's zero time, which means none, is in the year 1. */
function timeIn(text: string | null | undefined, timezone: string): number | null {
  const ms = text ? readInstant(text, { timezone }) ?? -1 : -1;
  return ms >= 0 ? ms : null;
}

/** A text, or none. */
export const text = z.nullish(z.string());

/** The status of an alert, or of a payload for its alerts that have none. */
export const status = z.nullish(z.enum(["firing", "resolved"]));

/** The fields of one alert. */
export const alertFields = {
  status,
  labels,
  annotations: optionalLabels,
  startsAt: time,
  endsAt: time,
  generatorURL: text,
  fingerprint: text,
};

/** The fields around the alerts. */
export const envelopeFields = {
  version: text,
  groupKey: text,
  truncatedAlerts: z.nullish(z.number()),
  status,
  receiver: text,
  groupLabels: optionalLabels,
  commonLabels: optionalLabels,
  commonAnnotations: optionalLabels,
  externalURL: text,
};

/** Parse a payload with its schema. @throws RequestError 422 with the path and the reason of the first error. */
export function parsePayload<S extends z.ZodType>(
  schema: S,
  body: unknown,
  { from = 0 }: Pick<WebhookOptions, "from"> = {},
): z.output<S> {
  const parsed = schema.safeParse(body, { error: wrongType });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues as [z.core.$ZodIssue];
  const more = parsed.error.issues.length - 1;
  throw new RequestError(
    422,
    `${pathOf(issue.path, from)}: ${issue.message}${more > 0 ? ` (and ${more} more)` : ""}`,
  );
}

const NO_LABELS: Labels = {};

type AlertFields = z.output<z.ZodObject<typeof alertFields>>;
type EnvelopeFields = z.output<z.ZodObject<typeof envelopeFields>>;

/** The common part of an alert. @throws RequestError 422 without a status */
export function commonParts(
  { status: own, labels, annotations, startsAt, endsAt }: AlertFields,
  { index, envelope, severities, timezone }: Pick<WebhookOptions, "severities" | "timezone"> & {
    readonly index: number;
    readonly envelope: EnvelopeFields;
  },
): Omit<Alert, "dialect" | "title" | "text" | "links"> {
  const status = own ?? envelope.status;
  if (!status) throw new RequestError(422, `alerts[${index}].status: "firing" or "resolved" is needed`);
  const word = labelOf(labels, "severity");
  const { severity, recognised } = severityOf(word, severities);
  const { receiver, groupKey, truncatedAlerts } = envelope;
  return {
    status,
    severity,
    ...recognised || word === undefined ? {} : { severityText: word },
    labels,
    annotations: annotations ?? NO_LABELS,
    startsAt: timeIn(startsAt, timezone),
    // The `endsAt` of a firing alert may be the time at which it ends unless it is repeated.
    endsAt: status === "resolved" ? timeIn(endsAt, timezone) : null,
    origin: {
      ...receiver ? { receiver: unquote(receiver) } : {},
      ...groupKey ? { groupKey: hashOfGroup(groupKey) } : {},
      ...truncatedAlerts && truncatedAlerts > 0 ? { truncated: truncatedAlerts } : {},
    },
  };
}

/** Cached, because in a storm the alerts of one group arrive one after the other. */
let newest = { groupKey: "", hash: "" };

function hashOfGroup(groupKey: string): string {
  if (groupKey !== newest.groupKey) newest = { groupKey, hash: sha256Hex(groupKey, 16) };
  return newest.hash;
}

/** The labels that identify an alert. */
export function identityOf(labels: Labels, ignored: ReadonlySet<string>): Labels {
  if (ignored.size === 0) return labels;
  return Object.fromEntries(Object.entries(labels).filter(([name]) => !ignored.has(name)));
}

/** The annotations of an alert, or none. */
export type Annotations = Labels | null | undefined;

/** The text of the annotations; may be empty. */
export function textOf(annotations: Annotations): string {
  if (!annotations) return "";
  return labelOf(annotations, "message") || labelOf(annotations, "summary") ||
    labelOf(annotations, "description") || "";
}

/** Annotations that hold a link, and the link's title. */
const LINK_ANNOTATIONS = [
  ["dashboard_url", "dashboard"],
  ["dashboardURL", "dashboard"],
  ["dashboard", "dashboard"],
  ["runbook_url", "runbook"],
  ["runbook", "runbook"],
] as const;

/** The links in the annotations. */
export function annotatedLinks(annotations: Annotations): Link[] {
  const links: Link[] = [];
  if (!annotations) return links;
  for (const [name, kind] of LINK_ANNOTATIONS) {
    const url = labelOf(annotations, name);
    if (url && URL.canParse(url)) links.push({ kind, url });
  }
  return links;
}

/** Alertmanager sends the receiver's name as a regular expression: `a\.b` for `a.b`. */
function unquote(receiver: string): string {
  if (!receiver.includes("\\")) return receiver;
  return receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, "$1");
}

/** `alerts[3].labels.severity`; a part that is not a plain name is quoted. */
function pathOf(path: readonly PropertyKey[], from: number): string {
  if (path.length === 0) return "body";
  return path.map((part, index) => {
    if (typeof part === "number") return `[${index === 1 && path[0] === "alerts" ? from + part : part}]`;
    const name = String(part).slice(0, 80);
    if (/^[\w-]+$/.test(name)) return index === 0 ? name : `.${name}`;
    return `[${JSON.stringify(name)}]`;
  }).join("");
}
