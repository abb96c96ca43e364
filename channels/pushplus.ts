import {
  defineChannel,
  delivered,
  HTML,
  laneAt,
  remedy,
  retry,
  robotAddress,
  secret,
  server,
  throttled,
  z,
} from "../relay/channel.ts";
import { type Codes, verdictByCode } from "./_answers/by_code.ts";
import { untilMidnight } from "./_answers/calendar.ts";
import { fieldsOf, wordsOf } from "./_answers/json.ts";
import { no } from "./_answers/reading.ts";

const config = z.object({
  token: secret("Token", { description: "Of a user, or of a message." }),
  topic: z.string().trim().min(1).optional().meta({
    title: "Topic",
    description: "The code of a group of subscribers. Default: only the token's owner.",
  }),
  channel: z.enum(["wechat", "cp", "mail", "sms", "app"]).default("wechat").meta({
    title: "Way",
    description: "How PushPlus passes it on: its WeChat account, WeCom, mail, text messages, or its app.",
  }),
  perDay: z.int().min(1).default(200).meta({
    title: "Messages a day",
    description: "What your plan allows. PushPlus blocks an account for days once there were more.",
  }),
  base: server({ default: "https://www.pushplus.plus", description: "What stands before /send." }),
});

/** The codes of https://www.pushplus.plus/doc/guide/code.html; each comes in HTTP 200. */
const CODES: Codes = {
  200: () => delivered(),
  500: (words) => retry(words),
  // The account is blocked; each further call extends the block.
  900: (words, { now }) => throttled(words, { waitMs: untilMidnight(now), quota: true }),
  302: no("config"),
  401: no("config"),
  403: no("config"),
  805: no("config"),
  888: no("config"), // credits
  903: no("config"), // the token
  905: no("config"), // real-name verification
  600: no("payload"),
  999: no("payload"),
};

export default defineChannel({
  api: 1,
  name: "pushplus",
  title: "PushPlus",
  docs: "https://www.pushplus.plus/doc/guide/api.html",
  config,
  limits: ({ perDay }) => ({
    titleChars: 90, // the page above: 100, of which a sign such as 🔴 may count as two
    body: { characters: 20_000 }, // the same page
    rates: [{ messages: perDay, per: "day" }],
  }),
  form: { ...HTML, paragraphs: "<br><br>", lines: "<br>" },
  titleApart: true,
  lane: ({ base, token }) => laneAt(base, token),
  request: ({ base, token, topic, channel }, { title, severity, body }) => ({
    url: `${base}/send`,
    json: {
      token,
      title: title.trim() || severity,
      content: body,
      template: "html",
      channel,
      ...topic === undefined ? {} : { topic },
    },
  }),
  verdict: (response, context) => {
    const { code, msg } = fieldsOf(response.json);
    return verdictByCode(response, { code, words: wordsOf(code, msg), codes: CODES }, context);
  },
  remedies: [
    remedy(["900"], {
      zh: [
        "账号因请求过多被限制发送",
        "请等待 PushPlus 解除限制（2 天或 7 天），并把目标的“每日条数”设为套餐允许的数量",
      ],
      en: [
        "The account is blocked, because there were too many messages",
        "Wait until PushPlus lifts the block (2 or 7 days), and set the destination's messages a day to what the plan allows",
      ],
    }),
    remedy(["903", "302", "401", "805"], {
      zh: ["令牌不正确，或无权使用该群组", "请在 pushplus.plus → 发送消息 重新复制 token，并核对群组编码"],
      en: [
        "The token is wrong, or may not use the topic",
        "Copy the token again from pushplus.plus, and check the topic's code",
      ],
    }),
    remedy(["403"], {
      zh: ["中继的出口 IP 不在安全 IP 列表中", "请在 pushplus.plus → 个人中心 → 开发设置 中加入"],
      en: ["The relay's address is not allowed", "Add it at pushplus.plus → Account → Developer settings"],
    }),
    remedy(["888"], {
      zh: ["PushPlus 积分不足", "请充值，或换用微信渠道"],
      en: ["The account has no credits left", "Buy credits, or use the way wechat"],
    }),
    remedy(["905"], {
      zh: ["账号没有实名认证", "请在 pushplus.plus → 个人中心 完成实名认证"],
      en: ["The account's owner is not verified", "Verify the real name at pushplus.plus → Account"],
    }),
    remedy(["600", "999"], {
      zh: ["消息内容不被接受", "请查看返回信息，并精简模板或告警内容"],
      en: ["The message is not accepted", "See the provider's words; shorten the template or the alert"],
    }),
    remedy(["500"], {
      zh: ["PushPlus 系统出错", "一般会自行恢复；若持续，请查看对方的服务状态"],
      en: ["PushPlus fails", "It usually passes by itself; if it lasts, look at the provider's status"],
    }),
  ],
  words: {
    zh: {
      "PushPlus": "PushPlus 推送加",
      "Of a user, or of a message.": "用户令牌或消息令牌。",
      "Topic": "群组编码",
      "The code of a group of subscribers. Default: only the token's owner.":
        "一对多推送的群组编码。默认只发给令牌的所有者。",
      "Way": "发送渠道",
      "How PushPlus passes it on: its WeChat account, WeCom, mail, text messages, or its app.":
        "PushPlus 如何转发：微信公众号、企业微信、邮件、短信或 App。",
      "Messages a day": "每日条数",
      "What your plan allows. PushPlus blocks an account for days once there were more.":
        "套餐允许的数量。超出后 PushPlus 会封禁账号数天。",
    },
  },
  fixtures: {
    // https://www.pushplus.plus/doc/guide/code.html
    accepted: [{ json: { code: 200, msg: "请求成功", data: "9f5b0000000000000000000000000000" } }],
    throttled: [{
      about: "the account is blocked",
      json: { code: 900, msg: "用户账号使用受限", data: null },
    }],
    refused: [
      { about: "no such token", what: "config", json: { code: 903, msg: "无效的用户令牌" } },
      { about: "no credits", what: "config", json: { code: 888, msg: "积分不足,需要充值" } },
      { about: "not verified", what: "config", json: { code: 905, msg: "账户未进行实名认证" } },
      { about: "the message", what: "payload", json: { code: 999, msg: "服务端验证错误" } },
    ],
    retried: [{ json: { code: 500, msg: "系统异常,请稍后再试" } }, {
      about: "a page",
      text: "<html></html>",
    }],
  },
  target: {
    hosts: ["www.pushplus.plus", "pushplus.plus"],
    example: "https://www.pushplus.plus/send?token=0123abcd",
    read: (url) => {
      const read = robotAddress(url, { path: "/send", parameter: "token" });
      return typeof read === "string" ? read : { token: read.credential, base: read.base };
    },
  },
  sample: { token: "A0/+=&%23 cd", topic: 'ops"</script>', base: "https://pushplus.example.com/" },
});
