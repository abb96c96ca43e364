import { z } from "zod";
import { type Incoming, labelOf, type Labels, type Link, type LinkKind } from "../relay/alert.ts";
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

/** A query's name → its value when the rule was evaluated. What it is beyond that is Grafana's business. */
const values = z.unknown().optional().transform((value): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? value as Record<string, unknown> : {}
);

/**
 * The webhook of Grafana's unified alerting: Alertmanager's envelope, and more in each alert.
 *
 * Source: https://github.com/grafana/alerting/blob/main/templates/template_data.go
 */
export const grafanaPayload = z.object({
  ...envelopeFields,
  alerts: z.array(z.object({
    ...alertFields,
    silenceURL: text,
    dashboardURL: text,
    panelURL: text,
    values,
    valueString: text,
  })),
});

type GrafanaAlert = z.output<typeof grafanaPayload>["alerts"][number];

/** Fields of an alert that Alertmanager does not have. */
const OWN_FIELDS = ["silenceURL", "dashboardURL", "panelURL", "valueString"];

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
 * @throws RequestError 422 with the place and the reason of what is wrong first.
 */
export function parseGrafana(body: unknown, { ignoreLabels, severities }: WebhookOptions): Incoming[] {
  const envelope = parsePayload(grafanaPayload, body);
  return envelope.alerts.map((alert, index) => ({
    identity: identityOf(alert.labels, ignoreLabels),
    alert: {
      ...commonParts(alert, { index, envelope, severities }),
      dialect: "grafana",
      title: titleOf(alert.labels),
      text: textOf(alert.annotations) || valuesOf(alert),
      links: linksOf(alert),
    },
  }));
}

/** A rule that gets no data, or fails, fires under a name that says only that: which rule it was is in a label. */
const STATE_NAMES = ["DatasourceNoData", "DatasourceError"];

function titleOf(labels: Labels): string {
  const name = labelOf(labels, "alertname") ?? "";
  const rule = labelOf(labels, "rulename");
  return rule && STATE_NAMES.includes(name) ? `${name}: ${rule}` : name;
}

/** `A=81.5, B=1`, or else Grafana's own long form of it. */
function valuesOf({ values, valueString }: GrafanaAlert): string {
  const known = Object.entries(values).filter(([, value]) => typeof value === "number");
  return known.map(([name, value]) => `${name}=${value}`).join(", ") || valueString || "";
}

function linksOf({ generatorURL, dashboardURL, panelURL, silenceURL, annotations }: GrafanaAlert): Link[] {
  const link = (kind: LinkKind, url: string | null | undefined): Link[] => url ? [{ kind, url }] : [];
  return [
    ...link("source", generatorURL),
    ...link("dashboard", dashboardURL),
    ...link("panel", panelURL),
    ...annotatedLinks(annotations),
    ...link("silence", silenceURL),
  ];
}
