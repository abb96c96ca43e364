import { defineChannel, laneAt, remedy, secret, server, z } from "../relay/channel.ts";
import { alertOf, bareOf } from "./_alertmanager/alert.ts";

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
