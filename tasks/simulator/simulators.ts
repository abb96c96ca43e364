/**
 * The simulators that `deno task simulator` starts, and the credentials that they accept.
 *
 * @module
 */
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { startDingTalkEnterprise } from "../../simulator/dingtalk_enterprise.ts";
import { startFeishu } from "../../simulator/feishu.ts";
import { startFeishuApp } from "../../simulator/feishu_app.ts";
import { startOcp } from "../../simulator/ocp.ts";
import { startSink } from "../../simulator/sink.ts";
import { startSlack } from "../../simulator/slack.ts";
import { startTelegram } from "../../simulator/telegram.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { startWeComEnterprise } from "../../simulator/wecom_enterprise.ts";
import { print } from "../_task.ts";
import {
  appCall,
  feishuPost,
  ocpAlarm,
  robotPost,
  slackPost,
  telegramPost,
  webhookPost,
} from "./outcomes.ts";

export const DINGTALK_ROBOT = { token: "simulated", secret: "SECsimulated+/=&%" };
export const WECOM_ROBOT_KEY = "simulated-0000-0000";
export const WEBHOOK_SECRET = "whsec_c2ltdWxhdGVkLXNpbXVsYXRlZC1zaW11bGF0ZWQ=";

export const DINGTALK_APP = {
  appKey: "dingsimulated",
  appSecret: "simulated-secret",
  templateId: "simulated-template",
};
export const DINGTALK_CARDS = { chats: ["cidsimulated"], templateId: "simulated.schema" };
export const FEISHU_ROBOT = { token: "simulated-0000-0000", secret: "simulated+/=&%" };
export const OCP_KEYS = { simulated: "simulated-secret" };
export const OCP_RULE = "fenghuo_alert";
export const WECOM_APP = { corpid: "wwsimulated", secret: "simulated-secret", agentid: 1_000_002 };
export const FEISHU_APP = { appId: "cli_simulated", appSecret: "simulated-secret" };
export const FEISHU_CHAT = "oc_simulated";
export const SLACK = { token: "xoxb-simulated", channel: "C0SIMULATED" };
export const SLACK_HOOK = "/services/T0SIMULATED/B0SIMULATED/simulated";
export const TELEGRAM = { token: "1:simulated", chat: -1001 };

type Start = (port: number) => Promise<AsyncDisposable & { readonly url: string }>;

/** The start of each simulator, by the channel that it serves. Each has its own port, in this order. */
export const SIMULATORS = {
  dingtalk_robot: (port) =>
    startDingTalk({
      robots: [DINGTALK_ROBOT],
      port,
      onRequest: (request) => tell("DingTalk", robotPost(request)),
    }),
  webhook: (port) =>
    startSink({
      secret: WEBHOOK_SECRET,
      port,
      onRequest: (request) => tell("webhook", webhookPost(request)),
    }),
  wecom_robot: (port) =>
    startWeCom({
      robots: [WECOM_ROBOT_KEY],
      port,
      onRequest: (request) => tell("WeCom", robotPost(request)),
    }),
  dingtalk_chat: (port) =>
    startDingTalkEnterprise({
      app: DINGTALK_APP,
      staff: [{ user: "user1" }, { user: "user2", mobile: "13900000000" }],
      cards: DINGTALK_CARDS,
      port,
      onRequest: (request) => tell("DingTalk", appCall(request)),
    }),
  wecom_app: (port) =>
    startWeComEnterprise({
      app: WECOM_APP,
      members: [{ user: "LiLei" }, { user: "HanMei" }],
      port,
      onRequest: (request) => tell("WeCom", appCall(request)),
    }),
  feishu_robot: (port) =>
    startFeishu({
      robots: [FEISHU_ROBOT],
      port,
      onRequest: (request) => tell("Feishu", feishuPost(request)),
    }),
  ocp: (port) =>
    startOcp({
      keys: OCP_KEYS,
      rules: [OCP_RULE],
      port,
      onRequest: (request) => tell("OCP", ocpAlarm(request)),
    }),
  feishu_app: (port) =>
    startFeishuApp({
      app: FEISHU_APP,
      chats: [{ id: FEISHU_CHAT }],
      port,
      onRequest: (request) => tell("Feishu", appCall(request)),
    }),
  slack: (port) =>
    startSlack({
      token: SLACK.token,
      channels: [{ id: SLACK.channel }],
      port,
      onRequest: (request) => tell("Slack", slackPost(request)),
    }),
  slack_webhook: (port) =>
    startSlack({
      token: SLACK.token,
      channels: [{ id: SLACK.channel }],
      webhooks: [SLACK_HOOK],
      port,
      onRequest: (request) => tell("Slack", slackPost(request)),
    }),
  telegram: (port) =>
    startTelegram({
      token: TELEGRAM.token,
      chats: [{ id: TELEGRAM.chat }],
      port,
      onRequest: (request) => tell("Telegram", telegramPost(request)),
    }),
} satisfies Readonly<Record<string, Start>>;

function tell(vendor: string, words: string): void {
  print(`${new Date().toTimeString().slice(0, 8)}  ${vendor.padEnd(8)}  ${words}`);
}
