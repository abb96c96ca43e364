import {
  type ChannelRequest,
  defineChannel,
  HTML,
  laneAt,
  type Member,
  type Message,
  refused,
  remedy,
  secret,
  server,
  z,
} from "../relay/channel.ts";
import { TOO_MANY, verdictOn } from "./_wxpusher/answer.ts";

const config = z.object({
  appToken: secret("App token", { description: "Begins with AT_." }),
  topics: z.array(z.int().min(1)).max(5).default([]).meta({
    title: "Topics",
    description: "Ids of topics, whose subscribers get it besides the members.",
  }),
  base: server({
    default: "https://wxpusher.zjiecode.com",
    description: "What stands before /api/send/message.",
  }),
});

/** The most characters of the address behind a message: the section "限制说明" of https://wxpusher.zjiecode.com/docs/ */
const URL_CHARS = 1_000;

export default defineChannel({
  api: 1,
  name: "wxpusher",
  title: "WxPusher",
  docs: "https://wxpusher.zjiecode.com/docs/",
  config,
  limits: {
    // All of the section "限制说明" of the page above
    titleChars: 90, // of the summary: 100, of which a sign such as 🔴 may count as two
    body: { utf16: 40_000 },
    recipients: 2_000,
    rates: [{ messages: 20, per: 10_000 }],
  },
  form: { ...HTML, paragraphs: "<br><br>", lines: "<br>" },
  address: { name: "wxpusher", title: "WxPusher UID", description: "Begins with UID_." },
  lane: ({ base, appToken }) => laneAt(base, appToken),
  send: async (config, message, { fetch, now }) => {
    const people = message.recipients.filter(({ wxpusher }) => wxpusher);
    if (people.length === 0 && config.topics.length === 0) {
      return refused("recipient", "no member of the group has a WxPusher UID, and there is no topic");
    }
    return verdictOn(await fetch(requestOf(config, message, people)), people, { now });
  },
  remedies: [
    remedy(TOO_MANY, {
      zh: ["调用过快，被 WxPusher 限流", "属正常现象：限流期间告警会等待"],
      en: ["WxPusher limits the rate", "This is normal: alerts wait meanwhile"],
    }),
    remedy(["1001", "1002", "1003", "1004"], {
      zh: ["应用令牌或收件人不被接受", "请在 WxPusher 后台 → 应用管理 核对 appToken，并在“成员”页核对 UID"],
      en: [
        "The app token or a recipient is not accepted",
        "Check the app token in WxPusher's console, and the UIDs on the Members page",
      ],
    }),
    remedy(["1008"], {
      zh: ["消息内容不被接受", "请精简模板或告警内容"],
      en: ["The message is not accepted", "Shorten the template or the alert"],
    }),
    remedy(["1005", "1006", "1007", "1009"], {
      zh: ["WxPusher 或微信出错", "一般会自行恢复；若持续，请查看对方的服务状态"],
      en: [
        "WxPusher or WeChat fails",
        "It usually passes by itself; if it lasts, look at the provider's status",
      ],
    }),
  ],
  words: {
    zh: {
      "WxPusher": "WxPusher 微信推送",
      "App token": "应用令牌 appToken",
      "Begins with AT_.": "以 AT_ 开头。",
      "Topics": "主题",
      "Ids of topics, whose subscribers get it besides the members.":
        "主题的 ID；除成员外，主题的订阅者也会收到。",
      "WxPusher UID": "WxPusher UID",
      "Begins with UID_.": "以 UID_ 开头。",
    },
  },
  fixtures: {
    accepted: [{
      json: {
        code: 1000,
        msg: "处理成功",
        data: [{ uid: "UID_1", topicId: null, code: 1000, status: "创建发送任务成功" }],
        success: true,
      },
    }],
    throttled: [{ json: { code: 1001, msg: "请求过于频繁", data: null }, waitMs: 10_000 }],
    refused: [
      { about: "no such app", what: "config", json: { code: 1001, msg: "应用不存在", data: null } },
      {
        about: "nobody of the list follows the app",
        what: "recipient",
        json: { code: 1000, msg: "处理成功", data: [{ uid: "UID_1", code: 1001, status: "用户没有关注" }] },
      },
    ],
    retried: [{ json: { code: 1005, msg: "服务器内部错误" } }, { about: "a page", text: "<html></html>" }],
  },
  sample: { appToken: "AT_+/=&%23 cd", topics: [123], base: "https://wxpusher.example.com/" },
});

function requestOf(
  { base, appToken, topics }: z.output<typeof config>,
  { title, severity, body, links }: Message,
  people: readonly Member[],
): ChannelRequest {
  const url = links[0]?.url;
  return {
    url: `${base}/api/send/message`,
    json: {
      appToken,
      summary: title.trim() || severity,
      content: body,
      contentType: 2, // HTML
      ...people.length > 0 ? { uids: people.map(({ wxpusher }) => wxpusher) } : {},
      ...topics.length > 0 ? { topicIds: topics } : {},
      ...url === undefined || url.length > URL_CHARS ? {} : { url },
    },
  };
}
