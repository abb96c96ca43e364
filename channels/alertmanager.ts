import {
  defineChannel,
  type Labels,
  laneAt,
  type MessageAlert,
  remedy,
  secret,
  server,
  z,
} from "../relay/channel.ts";

const labelName = z.string().regex(/^[a-zA-Z_]\w*$/, "must be the name of a label: letters, digits and _");

const config = z.object({
  base: server({
    description:
      "The address of Alertmanager: what stands before /api/v2/alerts. A cluster needs a destination for each member.",
  }),
  user: z.string().regex(/^[^:]+$/, "must be a user, which has no colon").optional().meta({
    title: "User",
    description: "Where a user and a password are asked for.",
  }),
  password: secret("Password", { optional: true }),
  token: secret("Token", { optional: true, description: "Sent as Bearer, instead of user and password." }),
  labels: z.record(labelName, z.string().min(1)).default({}).meta({
    title: "Extra labels",
    description: "Added to every alert that does not have them, such as cluster=edge-1.",
  }),
  repeat_seconds: z.int().min(60).max(3_600).default(60).meta({
    title: "Repeat after",
    description:
      "How often a firing alert is repeated. Alertmanager resolves one that is missing five times.",
  }),
}).refine(({ user, password }) => (user === undefined) === (password === undefined), {
  path: ["password"],
  error: "is needed with a user, and only then",
});

type Config = z.output<typeof config>;

/** How many repeats may be missing: by default as long as Alertmanager's own `resolve_timeout`. */
const MISSING = 5;

export default defineChannel({
  api: 1,
  name: "alertmanager",
  title: "Alertmanager",
  docs: "https://prometheus.io/docs/alerting/latest/alerts_api/",
  config,
  limits: { alerts: 256, parallel: 4 }, // the batch of Prometheus, --alertmanager.notification-batch-size
  combine: "waiting",
  digest: false, // a program reads it
  idempotent: true, // the same labels are the same alert
  repeat: ({ repeat_seconds }) => repeat_seconds * 1_000,
  lane: ({ base }) => laneAt(base),
  request: (config, { alerts, plain }, { now }) => ({
    url: `${config.base}/api/v2/alerts`,
    headers: authorizationOf(config),
    json: alerts.map((alert) => plain ? bareOf(alert, config, now) : alertOf(alert, config, now)),
  }),
  honestStatus: true,
  // https://github.com/prometheus/alertmanager/blob/v0.34.0/api/v2/openapi.yaml
  fixtures: {
    accepted: [{ status: 200, text: "" }],
    refused: [
      {
        about: "an invalid alert",
        status: 400,
        json: 'invalid label set: invalid name "a-b"',
        what: "payload",
      },
      { about: "a proxy wants a login", status: 401, text: "Unauthorized", what: "config" },
      { about: "not an Alertmanager", status: 404, text: "404 page not found", what: "config" },
    ],
    retried: [{ status: 500, json: "store is full" }, { status: 503, text: "" }],
  },
  remedies: [
    remedy(/HTTP 400/, {
      zh: ["Alertmanager 不接受某条告警的标签或时间", "请查看返回信息中的标签名；额外标签请在渠道设置中更正"],
      en: [
        "Alertmanager does not accept the labels or times of an alert",
        "See the label in its answer; correct extra labels in the channel's settings",
      ],
    }),
  ],
  words: {
    zh: {
      "The address of Alertmanager: what stands before /api/v2/alerts. A cluster needs a destination for each member.":
        "Alertmanager 的地址，即 /api/v2/alerts 之前的部分。集群的每个成员需要各自的投递目标",
      "Where a user and a password are asked for.": "需要用户名和密码时填写",
      "Sent as Bearer, instead of user and password.": "以 Bearer 方式发送，代替用户名和密码",
      "Extra labels": "附加标签",
      "Added to every alert that does not have them, such as cluster=edge-1.":
        "加到没有这些标签的告警上，例如 cluster=edge-1",
      "Repeat after": "重复间隔（秒）",
      "How often a firing alert is repeated. Alertmanager resolves one that is missing five times.":
        "告警未恢复时多久重复一次。连续五次未收到，Alertmanager 会视为已恢复",
    },
  },
  sample: {
    base: "https://alertmanager.example.com/prefix/",
    user: "fenghuo",
    password: "A0/+=&%23 cd",
    labels: { cluster: '边缘 "1"' },
  },
});

function authorizationOf({ user, password, token }: Config): Record<string, string> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { authorization: `Basic ${new TextEncoder().encode(`${user}:${password}`).toBase64()}` };
}

/** An alert of Alertmanager's API v2. */
interface ApiAlert {
  readonly labels: Labels;
  readonly annotations?: Labels;
  readonly startsAt?: string | undefined;
  readonly endsAt: string;
  readonly generatorURL?: string | undefined;
}

function alertOf(alert: MessageAlert, config: Config, now: number): ApiAlert {
  return {
    ...bareOf(alert, config, now),
    annotations: annotationsOf(alert),
    generatorURL: alert.links.find(({ kind }) => kind === "source")?.url,
  };
}

/** Its labels decide which alert it is; its end whether it is over. */
function bareOf(alert: MessageAlert, { labels, repeat_seconds }: Config, now: number): ApiAlert {
  const { status } = alert;
  const startsAt = alert.startsAt === null ? undefined : Math.min(alert.startsAt, now);
  const endsAt = status === "firing"
    ? now + MISSING * repeat_seconds * 1_000
    : Math.min(Math.max(alert.endsAt ?? now, startsAt ?? 0), now);
  return {
    labels: labelsOf(alert, labels),
    startsAt: startsAt === undefined ? undefined : new Date(startsAt).toISOString(),
    endsAt: new Date(endsAt).toISOString(),
  };
}

/** With a name and a severity, which routes match on, for an alert of a sender that has no such labels. */
function labelsOf({ title, severity, fingerprint, labels }: MessageAlert, extra: Labels): Labels {
  const all = withSafeNames({ alertname: title, severity, ...extra, ...labels });
  // Two alerts must not become one because their labels differ only in a name that was changed.
  const isChanged = Object.keys(labels).some((name) => safeName(name) !== name);
  return isChanged ? { ...all, fenghuo_fingerprint: fingerprint } : all;
}

function annotationsOf({ text, annotations, links }: MessageAlert): Labels {
  const linkOf = (kind: string): string => links.find((link) => link.kind === kind)?.url ?? "";
  const own = ["message", "summary", "description"].some((name) => Object.hasOwn(annotations, name));
  return withSafeNames({
    runbook_url: linkOf("runbook"),
    dashboard_url: linkOf("dashboard"),
    ...own ? {} : { description: text },
    ...annotations,
  });
}

/** Empty values count for nothing. */
function withSafeNames(labels: Labels): Labels {
  const filled = Object.entries(labels).filter(([, value]) => value !== "");
  return Object.fromEntries(filled.map(([name, value]) => [safeName(name), value.toWellFormed()]));
}

/** Before version 0.27, Alertmanager refuses any other character. */
function safeName(name: string): string {
  return name.replace(/\W/g, "_").replace(/^(?=\d|$)/, "_");
}
