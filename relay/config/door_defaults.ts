import type { DoorType } from "./door_types.ts";

/** The parts of a mapping that a type of door has by itself, as a configuration would write them. A door's own parts replace them. */
export const DOOR_DEFAULTS: { readonly [N in DoorType["name"]]: Readonly<Record<string, unknown>> } = {
  // Grafana's own payload is read by the parser of its webhook. A mapping is for a custom payload.
  grafana: {},
  // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: {type, timestamp, data}
  standard_webhooks: {
    alerts: ["$.data", "$"],
    title: ["$.title", "$.summary", "$.name", "$.type"],
    text: ["$.text", "$.message", "$.description"],
    status: { from: ["$.status", "$.state"], default: "firing" },
    severity: { from: ["$.severity", "$.level"], default: "warning" },
    labels: { event: "$.type" },
    labels_from: ["$.labels"],
    starts_at: ["$.starts_at", "$.timestamp"],
    links: { source: ["$.url", "$.link"] },
  },
  // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md, and its extension severitytext
  cloudevents: {
    title: ["$.data.title", "$.data.summary", "{$.type}: {$.subject}", "$.type"],
    text: ["$.data.text", "$.data.message", "$.data.description"],
    status: { from: ["$.data.status", "$.data.state"], default: "firing" },
    severity: { from: ["$.severitytext", "$.data.severity", "$.data.level"], default: "warning" },
    labels: { type: "$.type", source: "$.source", subject: "$.subject" },
    labels_from: ["$.data.labels"],
    starts_at: ["$.data.starts_at", "$.time"],
    links: { source: ["$.data.url", "$.data.link"] },
  },
};
