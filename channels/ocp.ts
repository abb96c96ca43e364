import {
  type ChannelRequest,
  cut,
  defineChannel,
  delivered,
  type Labels,
  laneAt,
  type Message,
  type MessageAlert,
  secret,
  server,
  type Severity,
  type Verdict,
  z,
} from "../relay/channel.ts";
import { verdictOn } from "./_ocp/answer.ts";
import { signOcp } from "./_ocp/sign.ts";
import { REMEDIES } from "./_ocp/remedies.ts";

/** OCP's manual, "Create an alarm rule": the name of a rule consists of letters, digits and underscores. */
const rule = z.string().regex(
  /^\w{1,200}$/,
  "must be the name of an alarm rule: letters, digits and underscores",
);

const config = z.object({
  base: server({ description: "The address of OCP: what stands before /api/v2/alarm/alarms." }),
  access_key: z.string().regex(/^[^:\s]+$/, "must be an access key").optional().meta({
    title: "Access key",
    description: "With its secret key, OCP's safer login. The user needs the role ALARM_MANAGER.",
  }),
  secret_key: secret("Secret key", { optional: true }),
  user: z.string().regex(/^[^:]+$/, "must be a user, which has no colon").optional().meta({
    title: "User",
    description: "Instead of the keys: user and password, which every request carries.",
  }),
  password: secret("Password", { optional: true }),
  alarm_type: rule.meta({
    title: "Alarm rule",
    description:
      "The rule at OCP that an alert belongs to when nothing below says another. It must be there.",
  }),
  alarm_types: z.record(z.string().min(1), rule).default({}).meta({
    title: "Alarm rules of alerts",
    description:
      "An alert's name, or label=value, and the rule at OCP that it belongs to. The first that fits counts.",
  }),
  repeat_seconds: z.int().min(0).max(86_400).default(120).meta({
    title: "Push again after",
    description:
      "Seconds after which an alarm that still fires is pushed again: less than the rule's period. 0 = never.",
  }),
  target_labels: z.array(z.string().regex(/^[^:=]+$/, "must be the name of a label")).default([
    "alertname",
    "instance",
    "host",
  ]).meta({
    title: "Labels of the target",
    description: "The labels that name the alarm's target at OCP, beside the alert's own mark.",
  }),
}).refine(({ access_key, secret_key, user, password }) => {
  const pairs = [[access_key, secret_key], [user, password]];
  return pairs.some((pair) => pair.every(Boolean)) &&
    pairs.every((pair) => pair.every(Boolean) || !pair.some(Boolean));
}, "needs access_key and secret_key, or user and password");

type Config = z.output<typeof config>;

/** OCP's levels: 1 down, 2 critical, 3 alert, 4 caution, 5 info. A rule decides; here they are a label. */
const LEVELS: Readonly<Record<Severity, string>> = { critical: "2", error: "3", warning: "3", info: "5" };

/**
 * Our choice, because OCP documents no limits: bytes of the details, of any other value, and of a part of the target;
 * labels.
 */
const ROOM = { details: 4_000, value: 500, part: 80, labels: 50 };

export default defineChannel({
  name: "ocp",
  title: "OceanBase OCP",
  docs: "https://www.oceanbase.com/docs/ocp",
  config,
  limits: { alerts: 20 },
  digest: false, // a program reads it
  idempotent: true, // the same type and target are the same alarm
  repeat: ({ repeat_seconds }) => repeat_seconds * 1_000,
  combine: "single", // OCP has its own alarm for each
  lane: ({ base, access_key, user }) => laneAt(base, access_key ?? user),
  send: async (config, message, { fetch, now }) => {
    const { pushed, reason } = choose(message);
    let verdict: Verdict = delivered(reason);
    for (const alert of pushed) {
      verdict = verdictOn(await fetch(await requestOf(config, alert, now)), { now });
      // The retry pushes the earlier alarms again: the same type and target are the same alarm at OCP.
      if (verdict.kind !== "delivered") return verdict;
    }
    return verdict;
  },
  // OCP's manual, appendix "Error codes"
  fixtures: {
    accepted: [{ json: { successful: true, status: 200, traceId: "4a1" } }],
    throttled: [{
      status: 429,
      headers: { "ratelimit-reset": "30" },
      json: { successful: false },
      waitMs: 30_000,
    }],
    refused: [
      { about: "a wrong signature", status: 401, json: { successful: false }, what: "config" },
      {
        about: "there is no such rule",
        status: 404,
        json: { successful: false, error: { code: 20001, message: "ALM20001" } },
        what: "config",
      },
      {
        status: 400,
        json: { successful: false, error: { code: 1, message: "Bad request" } },
        what: "payload",
      },
    ],
    retried: [{ status: 500, json: { successful: false } }, { about: "no OCP", json: {} }],
  },
  remedies: REMEDIES,
  sample: {
    base: "https://ocp.example.com:8080/",
    access_key: "cqammmxBpfGjFlto",
    secret_key: "A0/+=&%23 cd",
    alarm_type: "fenghuo_alert",
    alarm_types: { "DiskFull": "host_disk_full", "team=db": "ob_generic" },
  },
});

/** The alerts to push, and the reason why others are not. OCP documents no call that clears an alarm. */
function choose({ alerts }: Message): { pushed: MessageAlert[]; reason: string } {
  const foreign = alerts.filter(({ labels }) => !cameFromOcp(labels));
  const pushed = foreign.filter(({ status }) => status === "firing");
  const reason = foreign.length === 0
    ? "nothing is pushed: the alarm came from OCP"
    : "nothing is pushed: OCP clears the alarm by itself when it is not pushed again";
  return { pushed, reason };
}

/** The mark that the doors for OCP's own channels add to an alert: a push back to OCP would create a loop. */
function cameFromOcp(labels: Labels): boolean {
  return Object.hasOwn(labels, "origin") && labels.origin === "ocp";
}

async function requestOf(config: Config, alert: MessageAlert, now: number): Promise<ChannelRequest> {
  const url = `${config.base}/api/v2/alarm/alarms`;
  // As text, because the signature covers the sent bytes. A level or a status is no field of the push: the rule sets
  // the level.
  const body = JSON.stringify({
    alarmType: alarmTypeOf(config, alert),
    labels: labelsOf(alert),
    target: targetOf(config, alert),
  });
  const headers = new Headers({
    accept: "application/json",
    "content-type": "application/json",
    date: new Date(now).toUTCString(),
  });
  headers.set("authorization", await authorizationOf(config, { method: "POST", url, headers, body }));
  return { url, headers: Object.fromEntries(headers), body };
}

async function authorizationOf(
  { access_key, secret_key, user, password }: Config,
  request: Parameters<typeof signOcp>[0],
): Promise<string> {
  if (access_key && secret_key) {
    return `OCP-ACCESS-KEY-HMACSHA1 ${access_key}:${await signOcp(request, secret_key)}`;
  }
  return `Basic ${new TextEncoder().encode(`${user}:${password}`).toBase64()}`;
}

/** The rule of the first entry that names the alert, or a label of it. */
function alarmTypeOf({ alarm_type, alarm_types }: Config, { title, labels }: MessageAlert): string {
  for (const [key, type] of Object.entries(alarm_types)) {
    if (key === title || key === labels.alertname) return type;
    const equals = key.indexOf("=");
    const name = key.slice(0, Math.max(equals, 0));
    if (equals > 0 && Object.hasOwn(labels, name) && labels[name] === key.slice(equals + 1)) return type;
  }
  return alarm_type;
}

/**
 * `fenghuo=0123456789abcdef:alertname=DiskFull:instance=node-3_9100`: the same as long as the alert exists. By its
 * first part, the relay recognizes an alarm of its own when OCP's channel sends it back.
 */
function targetOf({ target_labels }: Config, { fingerprint, labels }: MessageAlert): string {
  const parts = target_labels.filter((name) => Object.hasOwn(labels, name) && labels[name] !== "")
    .map((name) => `${name}=${partOf(labels[name]!)}`);
  return [`fenghuo=${fingerprint.slice(0, 16)}`, ...parts].join(":");
}

/** Colons and equal signs separate the parts. */
function partOf(value: string): string {
  return cut(value.toWellFormed().replace(/[:=\s\p{Cc}]+/gu, "_"), { bytes: ROOM.part });
}

/** Every value is a text. The alert's own labels keep their names, so that OCP's shields and groups match them. */
function labelsOf({ labels, severity, title, text, reason }: MessageAlert): Labels {
  const own = Object.entries(labels).slice(0, ROOM.labels).map(([name, value]) => [name, short(value)]);
  return Object.fromEntries([
    ...own,
    ["level", LEVELS[severity]],
    ["severity", severity],
    ["summary", short(title)],
    ["description", cut(text.toWellFormed(), { bytes: ROOM.details })],
    ["reason", reason],
    ["source", "fenghuo"],
    ["origin", "fenghuo"],
  ]);
}

function short(value: string): string {
  return cut(value.toWellFormed(), { bytes: ROOM.value });
}
