/**
 * `deno task simulator`: strict robots and apps of DingTalk, WeCom and Feishu, a Slack, a Telegram, an OCP and a webhook
 * receiver on loopback, to try destinations without a vendor. It prints what to put into `fenghuo.yaml`, and then each message as it arrives.
 *
 * @module
 */
import { type DingTalkRequest, startDingTalk } from "../simulator/dingtalk.ts";
import { type DingTalkAppRequest, startDingTalkEnterprise } from "../simulator/dingtalk_enterprise.ts";
import { type FeishuRequest, startFeishu } from "../simulator/feishu.ts";
import { startFeishuApp } from "../simulator/feishu_app.ts";
import { type OcpRequestSeen, startOcp } from "../simulator/ocp.ts";
import { startSink, type SunkRequest } from "../simulator/sink.ts";
import { type Slack, startSlack } from "../simulator/slack.ts";
import { startTelegram, type Telegram } from "../simulator/telegram.ts";
import { startWeCom, type WeComRequest } from "../simulator/wecom.ts";
import { startWeComEnterprise } from "../simulator/wecom_enterprise.ts";
import { print, runTask, stopSignal, UsageError } from "./_task.ts";

const HELP = `deno task simulator [--port 9000]

Starts on 127.0.0.1, each at a port of its own from <port> on: a strict DingTalk for robots, a webhook receiver, a strict
WeCom for robots, a DingTalk and a WeCom for the apps of a company, a strict Feishu for robots, an OCP that takes alarms, a
Feishu for apps, a Slack for apps and one for webhooks, and a Telegram. Prints the lines of fenghuo.yaml that point
destinations at them, and then each message as it arrives. Ctrl-C ends it.`;

const ROBOT = { token: "simulated", secret: "SECsimulated+/=&%" };
const WECOM_KEY = "simulated-0000-0000";
const WEBHOOK_SECRET = "whsec_c2ltdWxhdGVkLXNpbXVsYXRlZC1zaW11bGF0ZWQ=";

const DINGTALK_APP = {
  appKey: "dingsimulated",
  appSecret: "simulated-secret",
  templateId: "simulated-template",
};
const DINGTALK_CARDS = { chats: ["cidsimulated"], templateId: "simulated.schema" };
const FEISHU_ROBOT = { token: "simulated-0000-0000", secret: "simulated+/=&%" };
const OCP_KEYS = { simulated: "simulated-secret" };
const OCP_RULE = "fenghuo_alert";
const WECOM_APP = { corpid: "wwsimulated", secret: "simulated-secret", agentid: 1_000_002 };

const FEISHU_APP = { appId: "cli_simulated", appSecret: "simulated-secret" };
const FEISHU_CHAT = "oc_simulated";
const SLACK = { token: "xoxb-simulated", channel: "C0SIMULATED" };
const SLACK_HOOK = "/services/T0SIMULATED/B0SIMULATED/simulated";
const TELEGRAM = { token: "1:simulated", chat: -1001 };

/** The addresses of the started simulators, by channel. */
type Addresses = Record<(typeof CHANNELS)[number], string>;

/** The simulators, each at its own port, in this order. */
const CHANNELS = [
  "dingtalk_robot",
  "webhook",
  "wecom_robot",
  "dingtalk_chat",
  "wecom_app",
  "feishu_robot",
  "ocp",
  "feishu_app",
  "slack",
  "slack_webhook",
  "telegram",
] as const;

const MOST_PORT = 65_536 - CHANNELS.length;

await runTask({
  name: "deno task simulator",
  action: "start the simulator",
  help: HELP,
  options: { port: { type: "string", default: "9000" } },
  misused: 1,
  run: ({ values }) => simulate(portOf(values.port)),
});

/** @returns the exit code, when it is stopped */
async function simulate(port: number): Promise<number> {
  await using started = new AsyncDisposableStack();
  const addresses = await start(started, port);
  const stopped = stopSignal(); // a reader of the lines below may stop it at once
  print(configLines(addresses));
  await stopped;
  return 0;
}

async function start(started: AsyncDisposableStack, port: number): Promise<Addresses> {
  const place = (channel: (typeof CHANNELS)[number]): { port: number } => ({
    port: port + CHANNELS.indexOf(channel),
  });
  const addresses = {} as Addresses;
  const keep = (channel: keyof Addresses, server: AsyncDisposable & { readonly url: string }): void => {
    addresses[channel] = started.use(server).url;
  };
  const tell = (at: number, vendor: string, words: string): void =>
    print(`${timeOf(at)}  ${vendor.padEnd(8)}  ${words}`);

  keep(
    "dingtalk_robot",
    await startDingTalk({
      robots: [ROBOT],
      ...place("dingtalk_robot"),
      onRequest: (request) => tell(request.at, "DingTalk", heard(request)),
    }),
  );
  keep(
    "webhook",
    await startSink({
      secret: WEBHOOK_SECRET,
      ...place("webhook"),
      onRequest: (request) => tell(Date.now(), "webhook", sunk(request)),
    }),
  );
  keep(
    "wecom_robot",
    await startWeCom({
      robots: [WECOM_KEY],
      ...place("wecom_robot"),
      onRequest: (request) => tell(request.at, "WeCom", heard(request)),
    }),
  );
  keep(
    "dingtalk_chat",
    await startDingTalkEnterprise({
      app: DINGTALK_APP,
      staff: [{ user: "user1" }, { user: "user2", mobile: "13900000000" }],
      cards: DINGTALK_CARDS,
      ...place("dingtalk_chat"),
      onRequest: (request) => tell(request.at, "DingTalk", called(request)),
    }),
  );
  keep(
    "wecom_app",
    await startWeComEnterprise({
      app: WECOM_APP,
      members: [{ user: "LiLei" }, { user: "HanMei" }],
      ...place("wecom_app"),
      onRequest: (request) => tell(request.at, "WeCom", called(request)),
    }),
  );
  keep(
    "feishu_robot",
    await startFeishu({
      robots: [FEISHU_ROBOT],
      ...place("feishu_robot"),
      onRequest: (request) => tell(request.at, "Feishu", heardByFeishu(request)),
    }),
  );
  keep(
    "ocp",
    await startOcp({
      keys: OCP_KEYS,
      rules: [OCP_RULE],
      ...place("ocp"),
      onRequest: (request) => tell(request.at, "OCP", pushed(request)),
    }),
  );
  keep(
    "feishu_app",
    await startFeishuApp({
      app: FEISHU_APP,
      chats: [{ id: FEISHU_CHAT }],
      ...place("feishu_app"),
      onRequest: (request) => tell(request.at, "Feishu", called(request)),
    }),
  );
  keep(
    "slack",
    await startSlack({
      token: SLACK.token,
      channels: [{ id: SLACK.channel }],
      ...place("slack"),
      onRequest: (request) => tell(request.at, "Slack", heardBySlack(request)),
    }),
  );
  keep(
    "slack_webhook",
    await startSlack({
      token: SLACK.token,
      channels: [{ id: SLACK.channel }],
      webhooks: [SLACK_HOOK],
      ...place("slack_webhook"),
      onRequest: (request) => tell(request.at, "Slack", heardBySlack(request)),
    }),
  );
  keep(
    "telegram",
    await startTelegram({
      token: TELEGRAM.token,
      chats: [{ id: TELEGRAM.chat }],
      ...place("telegram"),
      onRequest: (request) => tell(request.at, "Telegram", heardByTelegram(request)),
    }),
  );
  return addresses;
}

/** @throws UsageError */
function portOf(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= MOST_PORT) return port;
  throw new UsageError(`--port is "${text}": it must be a number from 1 to ${MOST_PORT}`);
}

function configLines(at: Addresses): string {
  return `The simulator listens. In fenghuo.yaml:

members:
  - { id: li.lei, dingtalk: user1, wecom: LiLei }
  - { id: han.mei, mobile: "13900000000", wecom: HanMei }
groups:
  - owner: simulator
    level: default
    members: [li.lei, han.mei]
    destinations:
      - channel: dingtalk_robot
        config:
          token: ${ROBOT.token}
          secret: "${ROBOT.secret}"
          base: ${at.dingtalk_robot}
      - channel: webhook
        config:
          url: ${at.webhook}
          secret: ${WEBHOOK_SECRET}
      - channel: wecom_robot
        config:
          key: ${WECOM_KEY}
          base: ${at.wecom_robot}
      - channel: dingtalk_chat
        config:
          appKey: ${DINGTALK_APP.appKey}
          appSecret: ${DINGTALK_APP.appSecret}
          templateId: ${DINGTALK_APP.templateId}
          base: ${at.dingtalk_chat}
      - channel: dingtalk_card
        config:
          appKey: ${DINGTALK_APP.appKey}
          appSecret: ${DINGTALK_APP.appSecret}
          conversation: ${DINGTALK_CARDS.chats[0]}
          templateId: ${DINGTALK_CARDS.templateId}
          base: ${at.dingtalk_chat}
      - channel: dingtalk_ding
        config:
          appKey: ${DINGTALK_APP.appKey}
          appSecret: ${DINGTALK_APP.appSecret}
          base: ${at.dingtalk_chat}
      - channel: wecom_app
        config:
          corpid: ${WECOM_APP.corpid}
          secret: ${WECOM_APP.secret}
          agentid: ${WECOM_APP.agentid}
          base: ${at.wecom_app}
      - channel: feishu_robot
        config:
          token: ${FEISHU_ROBOT.token}
          secret: "${FEISHU_ROBOT.secret}"
          base: ${at.feishu_robot}
      - channel: ocp
        config:
          base: ${at.ocp}
          access_key: ${Object.keys(OCP_KEYS)[0]}
          secret_key: ${Object.values(OCP_KEYS)[0]}
          alarm_type: ${OCP_RULE}
      - channel: feishu_app
        config:
          appId: ${FEISHU_APP.appId}
          appSecret: ${FEISHU_APP.appSecret}
          chat: ${FEISHU_CHAT}
          base: ${at.feishu_app}
      - channel: slack
        config:
          token: ${SLACK.token}
          channel: ${SLACK.channel}
          base: ${at.slack}
      - channel: slack_webhook
        config:
          url: ${at.slack_webhook}${SLACK_HOOK}
      - channel: telegram
        config:
          token: "${TELEGRAM.token}"
          chat: "${TELEGRAM.chat}"
          base: ${at.telegram}
`;
}

/** A call to an app's API, and its answer; without the query, which holds the token. */
function called({ method, path, body, came }: DingTalkAppRequest): string {
  if (typeof came === "string") return `${method} ${path} failed on purpose: ${came}`;
  const sent = /token/i.test(path) ? "" : new TextDecoder().decode(body);
  const { status = 200, json } = came;
  const { access_token: _legacy, accessToken: _v1, tenant_access_token: _feishu, ...shown } = json as Record<
    string,
    unknown
  >;
  return `${method} ${path}: ${status}\n${indented([sent, JSON.stringify(shown)])}`;
}

/** The outcome of a request to a robot, in words. */
function heard({ came, posted, body }: DingTalkRequest | WeComRequest): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (came.errcode !== 0) return `refused ${body.byteLength} bytes: ${came.errcode} ${came.errmsg}`;
  if (posted === undefined) return "took a repeat: its msgUuid was posted before";
  const rings = posted.rings === "all"
    ? ", rings everybody"
    : posted.rings.map((who) => `, rings ${who}`).join("");
  return `posted ${posted.msgtype}, ${body.byteLength} bytes${rings}\n${
    indented(["title" in posted ? posted.title : "", posted.text])
  }`;
}

/** The outcome of a request to a Feishu robot, in words. */
function heardByFeishu({ came, posted, body }: FeishuRequest): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (posted === undefined) return `refused ${body.byteLength} bytes: ${came.code} ${came.msg}`;
  const rings = posted.ringsAll ? ", rings everybody" : "";
  return `posted ${posted.type}, ${body.byteLength} bytes${rings}\n${indented([posted.title, posted.text])}`;
}

/** The outcome of a message to Slack. */
function heardBySlack({ came, posted, body }: Slack["requests"][number]): string {
  if (posted === undefined) {
    const words = typeof came === "string" ? came : came.error ?? "";
    return `refused ${body.byteLength} bytes: ${words}`;
  }
  return `${doneTo(posted.edits)}, ${body.byteLength} bytes\n${indented([posted.head, posted.body])}`;
}

/** The outcome of a message to Telegram. */
function heardByTelegram({ came, posted, body }: Telegram["requests"][number]): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (posted === undefined) return `refused ${body.byteLength} bytes: ${came.description}`;
  return `${doneTo(posted.edits)}, ${body.byteLength} bytes\n${indented([posted.text])}`;
}

function doneTo(edits: number): string {
  return edits === 0 ? "posted a message" : "changed a message in place";
}

/** The outcome of an alarm pushed to OCP. */
function pushed({ came, body }: OcpRequestSeen): string {
  if (typeof came === "string") return `failed on purpose: ${came}`;
  if (came.error !== undefined) return `refused: ${came.status} ${came.error}`;
  return `took an alarm\n${indented([prettified(new TextDecoder().decode(body))])}`;
}

function sunk({ refused, text }: SunkRequest): string {
  return refused === undefined ? `took\n${indented([prettified(text)])}` : `refused: ${refused}`;
}

function prettified(json: string): string {
  return JSON.stringify(JSON.parse(json), null, 2);
}

function indented(texts: readonly string[]): string {
  const lines = texts.filter((text) => text !== "").flatMap((text) => text.split("\n"));
  return lines.map((line) => `          ${line}`).join("\n");
}

function timeOf(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
