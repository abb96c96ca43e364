import { cut, type Message, type MessageAlert } from "../../relay/channel.ts";

/** https://developer.pagerduty.com/docs/events-api-v2-overview */
export const LIMITS = { summary: 1_024, key: 255, request: 512_000 };

/** The event of a message: only a new or a changed incident is described. */
export function eventOf(message: Message): Record<string, unknown> {
  const action = actionOf(message);
  const event = { event_action: action, dedup_key: keyOf(message) };
  return action === "trigger" ? { ...event, ...incidentOf(message) } : event;
}

/** PagerDuty drops an acknowledgement or an end of an unknown incident. */
function actionOf({ reason, status }: Message): "trigger" | "acknowledge" | "resolve" {
  if (reason === "acknowledged") return "acknowledge";
  return reason === "closed" || status === "resolved" ? "resolve" : "trigger";
}

/** The same for an alert as long as it fires, in every group and from every sender. */
function keyOf({ alerts: [alert], thread }: Message): string {
  return cut(alert?.fingerprint ?? thread, { chars: LIMITS.key });
}

function incidentOf(message: Message): Record<string, unknown> {
  const { alerts: [alert], title, severity, group, actions, plain } = message;
  const summary = cut(alert ? summaryOf(alert) : title, { chars: LIMITS.summary });
  const payload = { summary: summary.trim() || severity, source: sourceOf(message), severity };
  if (alert === undefined || plain) return { payload };
  const { startsAt, object, text, labels, annotations, links } = alert;
  const isImage = ({ kind, url }: MessageAlert["links"][number]): boolean =>
    kind === "image" && url.startsWith("https:");
  return {
    payload: {
      ...payload,
      ...startsAt === null ? {} : { timestamp: new Date(startsAt).toISOString() },
      ...object?.text ? { component: object.text } : {},
      group,
      class: alert.title,
      custom_details: { text, labels, annotations },
    },
    client: "Fenghuo",
    ...actions ? { client_url: actions.open } : {},
    links: links.filter((link) => !isImage(link)).map(({ url, title }) => ({ href: url, text: title })),
    images: links.filter(isImage).map(({ url, title }) => ({ src: url, alt: title })),
  };
}

function summaryOf({ title, object }: MessageAlert): string {
  return [title, object?.text].filter(Boolean).join(" · ");
}

/** The affected object, which PagerDuty requires. */
function sourceOf({ alerts: [alert], group }: Message): string {
  return alert?.labels.instance || alert?.labels.host || alert?.object?.text || group;
}
