import { defineChannel, laneAt, robotAddress, secret, server, z } from "../relay/channel.ts";
import { verdictOn } from "./_wecom/answer.ts";
import { WECOM_MARKDOWN } from "./_wecom/markdown.ts";
import { ROBOT_REMEDIES } from "./_wecom/remedies.ts";
import { contentOf, formOf, MENTIONS, roomOf } from "./_wecom/robot_message.ts";

const config = z.object({
  key: secret("Key", {
    description: "What follows key= in the robot's webhook address.",
    part: "what follows key=",
  }),
  base: server({
    default: "https://qyapi.weixin.qq.com",
    description: "What stands before /cgi-bin/webhook/send: only for private deployments and the simulator.",
  }),
  form: z.enum(["markdown", "text"]).default("markdown").meta({
    title: "Form",
    description: "Markdown holds twice as much as text, and is shown in WeCom only, not in WeChat.",
  }),
  mentions: z.enum(["none", "members", "all"]).default("none").meta({
    title: "Mention",
    description: "The people to mention, whose phones ring. Everybody can only be mentioned in a text: " +
      "with all, each message is one. Markdown mentions by user id only; a text also by mobile number.",
  }),
});

/**
 * 20 messages a minute: the same page. The page does not say whether the window slides; a sliding window is safe in
 * both cases.
 */
const RATES = [{ messages: 20, per: 60_000 }];

export default defineChannel({
  name: "wecom_robot",
  markup: "wecom",
  title: "WeCom robot",
  docs: "https://developer.work.weixin.qq.com/document/path/91770",
  config,
  limits: (config) => ({
    titleChars: 100,
    alerts: 500, // our choice: alike alerts share a line
    body: { bytes: roomOf(config) },
    recipients: MENTIONS,
    rates: RATES,
  }),
  form: formOf,
  markdown: WECOM_MARKDOWN,
  lane: ({ base, key }) => laneAt(base, key),
  request: (config, message) => ({
    url: `${config.base}/cgi-bin/webhook/send?key=${encodeURIComponent(config.key)}`,
    json: contentOf(config, message),
  }),
  verdict: verdictOn,
  // https://developer.work.weixin.qq.com/document/path/90313
  fixtures: {
    accepted: [{ json: { errcode: 0, errmsg: "ok" } }],
    throttled: [{ json: { errcode: 45009, errmsg: "api freq out of limit" } }],
    refused: [
      { about: "no such robot", json: { errcode: 93000, errmsg: "invalid webhook url" }, what: "config" },
      { json: { errcode: 40058, errmsg: "markdown.content exceed max length 4096" }, what: "payload" },
    ],
    retried: [{ json: { errcode: -1, errmsg: "system busy" } }],
  },
  remedies: ROBOT_REMEDIES,
  target: {
    hosts: ["qyapi.weixin.qq.com"],
    example: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0123-abcd",
    read: (url) => {
      const read = robotAddress(url, { path: "/cgi-bin/webhook/send", parameter: "key" });
      return typeof read === "string" ? read : { key: read.credential, base: read.base };
    },
    member: (wecom) => ({ id: wecom, wecom }),
  },
  sample: {
    key: "A0/+=&%23 cd",
    base: "https://qyapi.weixin.qq.com/",
    mentions: "members",
  },
});
