import {
  defineChannel,
  laneAt,
  type Message,
  type MessageAlert,
  remedy,
  secret,
  server,
  z,
} from "../relay/channel.ts";
import { fieldsOf } from "./_answers/json.ts";
import { signatureHeaders } from "./_webhook/signature.ts";

const config = z.object({
  base: server({ description: "The address of the other relay: what stands before /relay." }),
  department: z.string().regex(/^[\x21-\x7e]+$/, "must be ASCII without spaces").default("default").meta({
    title: "Department",
    description: "What the other relay calls this one: one of its departments.",
  }),
  secret: secret("Signing secret", {
    description:
      "The department's there. A relay without departments has the department default, whose secret is its intake token.",
  }),
  group: z.string().regex(/^[^/]+\/[^/]+$/, "must be a team and a tier, such as ops/default").optional().meta(
    {
      title: "Group",
      description: "The group that the other relay notifies, such as ops/default. Default: its rules decide.",
    },
  ),
});

export default defineChannel({
  api: 1,
  name: "fenghuo",
  title: "Fenghuo",
  docs: "https://github.com/standard-webhooks/standard-webhooks",
  config,
  limits: { alerts: 100, parallel: 4 }, // our choice
  combine: "waiting",
  digest: false, // a program reads it
  idempotent: true, // the same alert with the same start is a duplicate there
  lane: ({ base, department }) => laneAt(base, department),
  request: async ({ base, department, secret, group }, message, { now }) => {
    const body = JSON.stringify({ group, alerts: message.alerts.map(alertOf) }); // as text: what is signed is what is sent
    const key = new TextEncoder().encode(secret);
    return {
      url: `${base}/relay`,
      headers: {
        "content-type": "application/json",
        "fenghuo-department": department,
        ...await signatureHeaders({ id: idOf(message), now, body }, key),
      },
      body,
    };
  },
  success: ({ json }) => typeof fieldsOf(json).accepted === "number",
  fixtures: {
    accepted: [{ json: { accepted: 1, duplicates: 0, notifications: 1 } }],
    throttled: [{ status: 429, text: "" }],
    refused: [
      {
        about: "the secret is wrong",
        what: "config",
        status: 401,
        json: { error: "The signature is wrong: is the secret the department's?" },
      },
      {
        about: "a relay of an earlier version",
        what: "config",
        status: 404,
        json: { error: "There is nothing at POST /relay" },
      },
      { about: "another program", what: "payload", text: "ok" },
    ],
    retried: [{
      status: 503,
      headers: { "retry-after": "5" },
      json: { error: "The store cannot be reached" },
    }],
  },
  remedies: [
    remedy(/the clocks of both relays/, {
      zh: ["两台中继的时钟相差超过 5 分钟", "请在两台机器上开启时间同步（NTP）"],
      en: [
        "The clocks of the two relays differ by more than five minutes",
        "Let NTP set the clocks of both machines",
      ],
    }),
    remedy(/HTTP 401/, {
      zh: [
        "对方中继不认识该部门，或签名密钥不一致",
        "请核对对方 departments 中的部门名与密钥；没有配置时为 default 与对方的接入令牌",
      ],
      en: [
        "The other relay does not know the department, or has another secret for it",
        "Compare both with its departments; without any they are default and its intake token",
      ],
    }),
    remedy(/HTTP 404/, {
      zh: ["该地址不是中继，或对方版本过旧", "请核对“服务器”地址，并升级对方中继"],
      en: [
        "The address is no relay, or one of an earlier version",
        "Check the server's address, and update that relay",
      ],
    }),
    remedy(/HTTP 200/, {
      zh: ["应答不是中继的", "请核对“服务器”地址"],
      en: ["The answer is not a relay's", "Check the server's address"],
    }),
  ],
  words: {
    zh: {
      "Fenghuo": "烽火中继",
      "The address of the other relay: what stands before /relay.": "对方中继的地址，即 /relay 之前的部分",
      "Group": "告警组",
      "Department": "部门",
      "What the other relay calls this one: one of its departments.":
        "对方中继给本中继的部门名（departments 之一）",
      "The department's there. A relay without departments has the department default, whose secret is its intake token.":
        "该部门在对方的密钥。对方没有配置部门时，部门为 default，密钥为对方的接入令牌",
      "The group that the other relay notifies, such as ops/default. Default: its rules decide.":
        "由对方通知的告警组，例如 ops/default。默认由对方的规则决定",
    },
  },
  sample: {
    base: "https://hub.example.com/",
    department: "edge-1",
    secret: "A0/+=&%23 cd",
    group: "运维/default",
  },
});

/** An id that is valid in a header. */
function idOf({ id }: Message): string {
  return id.replace(/[^\x21-\x7e]/g, "_");
}

function alertOf(alert: MessageAlert): unknown {
  const { status, severity, severityText, title, text, verbatim, labels, annotations, links } = alert;
  return {
    status,
    severity,
    severityText,
    title,
    text,
    verbatim,
    labels,
    annotations,
    startsAt: isoOf(alert.startsAt),
    endsAt: isoOf(alert.endsAt),
    links: links.map(({ kind, url }) => ({ kind, url })),
  };
}

function isoOf(time: number | null): string | undefined {
  return time === null ? undefined : new Date(time).toISOString();
}
