import { z } from "zod";
import {
  type IncomingAlert,
  labelOf,
  type Labels,
  type Link,
  type LinkKind,
} from "../../relay/domain/alert.ts";
import {
  alertFields,
  annotatedLinks,
  commonParts,
  envelopeFields,
  identityOf,
  parsePayload,
  text,
  textOf,
  type WebhookOptions,
} from "./webhook_fields.ts";

/** A query's name → its value at the evaluation of the rule. Its other fields are not read. */
const values = z.unknown().optional().transform((value): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {}
);

/** The number of an organisation. It is compared and shown, never computed with. */
const organisation = z.nullish(z.union([z.number(), z.string()]));

/**
 * The webhook of Grafana's unified alerting: Alertmanager's envelope, and more in each alert.
 *
 * Source: https://github.com/grafana/alerting/blob/main/templates/template_data.go
 */
export const grafanaPayload = z.object({
  ...envelopeFields,
  orgId: organisation,
  alerts: z.array(z.object({
    ...alertFields,
    silenceURL: text,
    dashboardURL: text,
    panelURL: text,
    imageURL: text,
    orgId: organisation,
    values,
    valueString: text,
  })),
});

type GrafanaAlert = z.output<typeof grafanaPayload>["alerts"][number];

/** Fields of an alert that Alertmanager does not have. */
const OWN_FIELDS = ["silenceURL", "dashboardURL", "panelURL", "imageURL", "valueString"];

/** Whether a payload is Grafana's: version 1 with an organisation, or alerts with fields that only Grafana has. */
export function isGrafana(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { version, alerts } = body as { version?: unknown; alerts?: unknown };
  if (version === "1" && Object.hasOwn(body, "orgId")) return true;
  return Array.isArray(alerts) &&
    alerts.some((alert) =>
      typeof alert === "object" && alert !== null && OWN_FIELDS.some((name) => Object.hasOwn(alert, name))
    );
}

/**
 * Grafana's webhook as alerts.
 *
 * @throws RequestError 422 with the path and the reason of the first error.
 */
export function parseGrafana(
  body: unknown,
  { ignoreLabels, severities, timezone, from = 0 }: WebhookOptions,
): IncomingAlert[] {
  const envelope = parsePayload(grafanaPayload, body, { from });
  return envelope.alerts.map((alert, index) => ({
    identity: identityIn(identityOf(alert.labels, ignoreLabels), alert.orgId ?? envelope.orgId),
    alert: {
      ...commonParts(alert, { index: from + index, envelope, severities, timezone }),
      labels: labelsIn(alert.labels, alert.orgId ?? envelope.orgId),
      ...withValues(alert),
      dialect: "grafana",
      title: titleOf(alert.labels),
      text: textOf(alert.annotations) || valuesOf(alert),
      links: linksOf(alert),
    },
  }));
}

type Organisation = z.output<typeof organisation>;

/** The first organisation of every Grafana. Most have no other, so its alerts are identified by their labels alone. */
const MAIN_ORGANISATION = "1";

/** The same labels in two organisations are two alerts. The name has a space, so no label can have it. */
function identityIn(labels: Labels, organisation: Organisation): Labels {
  return isOther(organisation) ? { ...labels, "grafana organisation": String(organisation) } : labels;
}

/** Shows the organisation as a label, unless the sender has a label of that name. */
function labelsIn(labels: Labels, organisation: Organisation): Labels {
  return isOther(organisation) ? { grafana_org: String(organisation), ...labels } : labels;
}

function isOther(organisation: Organisation): boolean {
  const id = String(organisation ?? "");
  return id !== "" && id !== MAIN_ORGANISATION;
}

/** A rule that has no data, or fails, fires under one of these names: a label holds the rule's name. */
const STATE_NAMES = ["DatasourceNoData", "DatasourceError"];

function titleOf(labels: Labels): string {
  const name = labelOf(labels, "alertname") ?? "";
  const rule = labelOf(labels, "rulename");
  return rule && STATE_NAMES.includes(name) ? `${name}: ${rule}` : name;
}

/** The values of an alert that has its own text, as the annotation that messages show. */
function withValues(alert: GrafanaAlert): { annotations?: Labels } {
  const values = textOf(alert.annotations) === "" ? "" : valuesOf(alert);
  return values === "" ? {} : { annotations: { values, ...alert.annotations } };
}

/** `A=81.5, B=1`, or else Grafana's own long form. */
function valuesOf({ values, valueString }: GrafanaAlert): string {
  const numbers = Object.entries(values).filter(([, value]) => typeof value === "number");
  return numbers.map(([name, value]) => `${name}=${value}`).join(", ") || valueString || "";
}

function linksOf(
  { generatorURL, dashboardURL, panelURL, imageURL, silenceURL, annotations }: GrafanaAlert,
): Link[] {
  const link = (kind: LinkKind, url: string | null | undefined): Link[] => url ? [{ kind, url }] : [];
  return [
    ...link("source", generatorURL),
    ...link("dashboard", dashboardURL),
    ...link("panel", panelURL),
    ...link("image", imageURL),
    ...annotatedLinks(annotations),
    ...link("silence", silenceURL),
  ];
}
