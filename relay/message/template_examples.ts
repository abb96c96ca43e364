/**
 * Sample data for testing an operator's templates at the start. Together the samples use every field.
 *
 * @module
 */
import type { MessageAlert } from "../channel.ts";
import type { Group } from "../domain/group.ts";
import { type DigestData, digestData } from "./digest_data.ts";
import { type MailData, mailData } from "./mail_data.ts";
import { type MessageData, messageData } from "./template_data.ts";

/** Mails that together use every field. */
export function mailExamples(): MailData[] {
  return messageExamples().map((data) => mailData(data));
}

/** Digests that together use every field. */
export function digestExamples(): DigestData[] {
  return messageExamples().flatMap(({ alerts }) => {
    const incidents = alerts.map((alert) => ({ alert, count: 3 }));
    const list = "https://fenghuo.example.com/d/1";
    return [
      digestData(incidents, SAMPLE_GROUP, { alerts: 3 })(alerts.length),
      digestData(incidents, SAMPLE_GROUP, { alerts: 3, list })(alerts.length - 1),
    ];
  });
}

/** Messages that together use every field. */
export function messageExamples(): MessageData[] {
  const firing: MessageAlert = {
    id: "01JD0000000000000000000000",
    fingerprint: "f00d",
    reason: "repeat",
    folded: 12,
    status: "firing",
    severity: "critical",
    severityText: "P9",
    title: "HighCPU",
    text: "CPU above 95 %\nfor 10 minutes",
    labels: { alertname: "HighCPU", instance: "db-1:9100", job: "node" },
    annotations: { summary: "CPU above 95 %" },
    startsAt: 1_795_142_580_000,
    endsAt: null,
    words: {
      status: "Firing",
      severity: "Critical",
      began: "2026-11-20 10:43:00",
      lasted: "1 h 5 min",
    },
    links: [{ kind: "source", title: "Source", url: "https://prometheus.example.com/graph" }],
  };
  const resolved: MessageAlert = {
    ...firing,
    status: "resolved",
    reason: "resolved",
    endsAt: 1_795_146_480_000,
  };
  const bare: MessageAlert = { ...firing, text: "", labels: {}, annotations: {}, startsAt: null, links: [] };
  const moved: MessageAlert = { ...firing, instead: "Sent here because another did not take it" };
  return [[firing], [resolved], [bare], [moved], [firing, resolved]].map((alerts) => {
    return messageData(alerts, SAMPLE_GROUP);
  });
}

const SAMPLE_GROUP: Group = {
  id: "default/default",
  owner: "default",
  level: "default",
  members: [],
  destinations: [],
  window: 300_000,
  locale: "en",
  timezone: "Asia/Shanghai",
};
