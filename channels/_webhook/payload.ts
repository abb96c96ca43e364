import type { Message, MessageAlert } from "../../relay/channel.ts";

/** The posted JSON. A program reads it, so times are ISO 8601 in UTC and every alert is complete. */
export function payloadOf(message: Message, now: number): unknown {
  return {
    type: `alert.${message.status}`,
    timestamp: new Date(now).toISOString(),
    data: {
      delivery: message.id,
      group: message.group,
      reason: message.reason,
      title: message.title,
      text: message.body,
      by: message.by,
      note: message.remark,
      handling: message.handling && handlingOf(message.handling),
      timeline: message.timeline?.map((line) => ({ ...line, at: isoOf(line.at) })),
      alerts: message.alerts.map(alertOf),
    },
  };
}

/** The handling of the incident, with ISO 8601 times. */
function handlingOf({ by, since, until, snoozed, note }: NonNullable<Message["handling"]>): unknown {
  return { by, since: isoOf(since), until: until === undefined ? undefined : isoOf(until), snoozed, note };
}

function alertOf(alert: MessageAlert): unknown {
  return {
    id: alert.id,
    fingerprint: alert.fingerprint,
    reason: alert.reason,
    status: alert.status,
    severity: alert.severity,
    title: alert.title,
    text: alert.text,
    labels: alert.labels,
    annotations: alert.annotations,
    startsAt: isoOf(alert.startsAt),
    endsAt: isoOf(alert.endsAt),
    resent: alert.resent,
    links: alert.links,
  };
}

function isoOf(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
