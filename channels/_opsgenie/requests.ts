import { type ChannelRequest, cut, type Message, type Severity } from "../../relay/channel.ts";

/** https://docs.opsgenie.com/docs/alert-api, "Create Alert", in characters. */
export const LIMITS = {
  message: 130,
  alias: 512,
  description: 15_000,
  entity: 512,
  details: 8_000,
  note: 25_000,
};

const PRIORITIES: Readonly<Record<Severity, string>> = {
  critical: "P1",
  error: "P2",
  warning: "P3",
  info: "P5",
};

const SOURCE = "Fenghuo";

/** The settings that a request needs. */
interface Config {
  readonly key: string;
  readonly base: string;
  readonly team?: string | undefined;
  readonly tags: readonly string[];
}

/** The requests for a message. Repeating an open alert only counts it, so a severity that has risen is a request of its own. */
export function requestsOf(config: Config, message: Message): ChannelRequest[] {
  const alias = cut((message.alerts[0]?.fingerprint ?? message.thread).toWellFormed(), {
    chars: LIMITS.alias,
  });
  const existing = `/${encodeURIComponent(alias)}`;
  const call = (path: string, json: unknown, method: "POST" | "PUT" = "POST"): ChannelRequest => ({
    url: `${config.base}${path}`,
    method,
    headers: { authorization: `GenieKey ${config.key}` },
    json,
  });
  const action = actionOf(message);
  if (action !== "create") {
    const note = cut(message.words.event ?? message.title, { chars: LIMITS.note });
    return [call(`${existing}/${action}?identifierType=alias`, { source: SOURCE, note })];
  }
  const created = call("", { alias, ...alertOf(config, message) });
  const priority = { priority: PRIORITIES[message.severity] };
  const raised = call(`${existing}/priority?identifierType=alias`, priority, "PUT");
  return message.reason === "changed" ? [created, raised] : [created];
}

/** Opsgenie also accepts the close or acknowledgement of an alert that does not exist. */
function actionOf({ reason, status }: Message): "create" | "acknowledge" | "close" {
  if (reason === "acknowledged") return "acknowledge";
  return reason === "closed" || status === "resolved" ? "close" : "create";
}

function alertOf({ team, tags }: Config, message: Message): Record<string, unknown> {
  const { alerts: [alert], title, name, severity, body, group, plain } = message;
  const subject = [alert?.title ?? name, alert?.object?.text].filter(Boolean).join(" · ") || title ||
    severity;
  const own = {
    message: cut(subject, { chars: LIMITS.message }),
    description: body,
    priority: PRIORITIES[severity],
    source: SOURCE,
    ...team === undefined ? {} : { responders: [{ type: "team", name: team }] },
    tags,
  };
  if (alert === undefined || plain) return own;
  const { object, labels } = alert;
  return {
    ...own,
    ...object?.text ? { entity: cut(object.text, { chars: LIMITS.entity }) } : {},
    details: detailsOf({ group, ...labels }),
  };
}

/** As many as fit: names and values count together. */
function detailsOf(labels: Readonly<Record<string, string>>): Record<string, string> {
  let left = LIMITS.details;
  const fitting = Object.entries(labels).filter(([name, value]) => (left -= name.length + value.length) >= 0);
  return Object.fromEntries(fitting);
}
