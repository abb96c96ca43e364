import type { ChannelFolder } from "./relay/channel/discovery.ts";

/**
 * The channels of this repository. The template must begin with "./": Deno then knows the files beforehand, checks, locks,
 * caches and bundles them. A start lists the folder; `names` is for a platform where it cannot, and `deno task manifest`
 * writes it.
 */
export const BUILT_IN: ChannelFolder = {
  url: new URL("./channels/", import.meta.url),
  load: (name) => import(`./channels/${name}.ts`),
  names: [
    "alertmanager",
    "aliyun_directmail",
    "aliyun_sms",
    "aliyun_voice",
    "bark",
    "dingtalk_card",
    "dingtalk_chat",
    "dingtalk_ding",
    "dingtalk_robot",
    "discord",
    "email",
    "feishu_app",
    "feishu_robot",
    "fenghuo",
    "flashduty",
    "gotify",
    "inbox",
    "mailgun",
    "ntfy",
    "ocp",
    "opsgenie",
    "pagerduty",
    "pushover",
    "pushplus",
    "resend",
    "sendgrid",
    "serverchan",
    "slack",
    "slack_webhook",
    "telegram",
    "tencent_sms",
    "tencent_voice",
    "webhook",
    "wecom_app",
    "wecom_robot",
    "wxpusher",
  ],
};
