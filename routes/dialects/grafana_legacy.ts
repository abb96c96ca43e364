import { z } from "zod";
import type { IncomingAlert } from "../../relay/domain/alert.ts";
import { severityOf } from "../../relay/domain/severity.ts";
import { parsePayload, text, type WebhookOptions } from "./webhook_fields.ts";

const tags = z.record(z.string(), z.unknown()).nullish();

/**
 * The notification of Grafana's legacy alerting, from before version 9.
 *
 * Source: https://github.com/grafana/grafana/blob/v8.5.0/pkg/services/alerting/notifiers/webhook.go
 */
const payload = z.object({
  title: text,
  ruleId: z.unknown().optional(),
  ruleName: z.string(),
  state: z.string(),
  ruleUrl: text,
  imageUrl: text,
  message: text,
  orgId: z.unknown().optional(),
  tags,
  evalMatches: z.array(z.object({ value: z.unknown().optional(), metric: z.unknown().optional() })).nullish(),
});

/** Whether a payload is a notification of Grafana's legacy alerting. */
export function isLegacyGrafana(body: unknown): boolean {
  if (typeof body !== "object" || body === null || Object.hasOwn(body, "alerts")) return false;
  const { ruleName, state } = body as { ruleName?: unknown; state?: unknown };
  return typeof ruleName === "string" && typeof state === "string";
}

/** A notification of Grafana's legacy alerting: one alert for each rule. @throws RequestError 422 */
export function parseLegacyGrafana(body: unknown, { severities }: WebhookOptions): IncomingAlert[] {
  const { ruleId, ruleName, state, ruleUrl, imageUrl, message, orgId, tags, evalMatches } = parsePayload(
    payload,
    body,
  );
  const own = Object.entries(tags ?? {}).map(([name, value]): [string, string] => [name, String(value)]);
  const rule = { alertname: ruleName, ...orgId ? { grafana_org: String(orgId) } : {} };
  const labels = { ...Object.fromEntries(own), ...rule };
  const word = own.find(([name]) => name === "severity")?.[1];
  const { severity, recognised } = severityOf(word, severities);
  const values = (evalMatches ?? []).map(({ metric, value }) => `${metric}=${value}`).join(", ");
  return [{
    identity: { ...rule, rule: String(ruleId ?? "") },
    alert: {
      dialect: "grafana",
      // `no_data`, `pending` and `paused` also need attention.
      status: state === "ok" ? "resolved" : "firing",
      severity,
      ...recognised || word === undefined ? {} : { severityText: word },
      title: ruleName,
      text: message || values || state,
      labels,
      annotations: {},
      startsAt: null,
      endsAt: null,
      links: [
        ...ruleUrl && URL.canParse(ruleUrl) ? [{ kind: "source" as const, url: ruleUrl }] : [],
        ...imageUrl && URL.canParse(imageUrl) ? [{ kind: "image" as const, url: imageUrl }] : [],
      ],
    },
  }];
}
