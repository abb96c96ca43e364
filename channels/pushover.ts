import { defineChannel, laneAt, refused, remedy, secret, server, skipped, z } from "../relay/channel.ts";
import { silence, verdictOn } from "./_pushover/answer.ts";
import { LIMITS, requestOf } from "./_pushover/message.ts";

const config = z.object({
  token: secret("Application token", { description: "Of an application that you create at pushover.net." }),
  emergency: z.enum(["none", "critical"]).default("none").meta({
    title: "Ring until confirmed",
    description:
      "Whether a critical alert sounds again and again until somebody confirms it, or it is resolved.",
  }),
  retry_seconds: z.int().min(30).max(10_800).default(60).meta({
    title: "Ring every",
    description: "Seconds between two rings: at least 30.",
  }),
  expire_seconds: z.int().min(30).max(10_800).default(3_600).meta({
    title: "Ring for",
    description: "Seconds after which it ends by itself: three hours at most.",
  }),
  base: server({ default: "https://api.pushover.net", description: "What stands before /1/messages.json." }),
});

export default defineChannel({
  api: 1,
  name: "pushover",
  title: "Pushover",
  docs: "https://pushover.net/api",
  config,
  limits: {
    titleChars: LIMITS.title,
    body: { characters: LIMITS.message },
    parallel: 2, // https://pushover.net/api#friendly
  },
  titleApart: true,
  per: "recipient",
  address: {
    name: "pushover",
    title: "Pushover user key",
    description: "The key of a user or of a delivery group: 30 letters and digits.",
    secret: true,
  },
  threads: ({ emergency }) => emergency !== "none",
  events: ["acknowledged", "closed"],
  lane: ({ base, token }) => laneAt(base, token),
  send: async (config, message, tools) => {
    const { earlier, status, reason, recipients: [recipient] } = message;
    const isEvent = reason === "acknowledged" || reason === "closed";
    if (earlier?.ringing && (isEvent || status === "resolved")) {
      const verdict = await silence(config, earlier.ringing, tools);
      if (isEvent || verdict.kind === "retry") return verdict;
    }
    if (isEvent) return skipped("nothing rings");
    if (!recipient?.pushover) return refused("recipient", "the member has no Pushover user key");
    return verdictOn(await tools.fetch(requestOf(config, message, recipient.pushover)), tools);
  },
  // https://pushover.net/api#response
  fixtures: {
    steps: { "/cancel.json": { json: { status: 1, request: "647d2300-702c-4b38-8b2f-d56326ae460b" } } },
    accepted: [
      { json: { status: 1, request: "647d2300-702c-4b38-8b2f-d56326ae460b" } },
      {
        about: "an emergency rings",
        json: { status: 1, receipt: "rAb1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St", request: "x" },
        receipt: { ringing: "rAb1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St" },
      },
    ],
    refused: [
      {
        about: "the month's messages are used up",
        what: "config",
        status: 429,
        headers: { "x-limit-app-reset": "1775030400" },
        json: { status: 0, request: "x", errors: ["application is over its monthly message limit"] },
      },
      {
        about: "the token is not valid",
        what: "config",
        status: 400,
        json: { token: "invalid", errors: ["application token is invalid"], status: 0, request: "x" },
      },
      {
        about: "the user's key is not valid",
        what: "recipient",
        status: 400,
        json: {
          user: "invalid",
          errors: ["user identifier is not a valid user, group, or subscribed user key"],
          status: 0,
          request: "x",
        },
      },
      {
        about: "a field",
        what: "payload",
        status: 400,
        json: { message: "cannot be blank", errors: ["message cannot be blank"], status: 0, request: "x" },
      },
      { about: "a page", what: "payload", text: "<html></html>" },
    ],
    retried: [{ status: 500, text: "" }],
  },
  remedies: [
    remedy(/application token/, {
      zh: ["应用令牌无效", "请在 pushover.net 的应用页面重新复制 API Token"],
      en: [
        "The application's token is not valid",
        "Copy it again from the application's page at pushover.net",
      ],
    }),
    remedy(/user (identifier|key)/i, {
      zh: ["成员的 Pushover 用户密钥无效", "请该成员在 Pushover 应用中重新复制 User Key，并更新成员信息"],
      en: [
        "The member's user key is not valid",
        "Let the member copy it from the Pushover app, and correct it at Members",
      ],
    }),
    remedy(/HTTP 429|monthly/, {
      zh: ["本月的 Pushover 消息额度已用完", "请在 pushover.net 购买更多消息，或等到下月"],
      en: ["The month's messages are used up", "Buy more at pushover.net, or wait for the next month"],
    }),
    remedy(/HTTP 200/, {
      zh: ["应答不是 Pushover 的", "请核对“服务器”地址"],
      en: ["The answer is not Pushover's", "Check the server's address"],
    }),
  ],
  words: {
    zh: {
      "Application token": "应用令牌",
      "Of an application that you create at pushover.net.": "在 pushover.net 创建应用后得到的 API Token",
      "Ring until confirmed": "响铃直到确认",
      "Whether a critical alert sounds again and again until somebody confirms it, or it is resolved.":
        "严重告警是否反复响铃，直到有人确认或告警恢复",
      "Ring every": "响铃间隔（秒）",
      "Seconds between two rings: at least 30.": "两次响铃之间的秒数，至少 30",
      "Ring for": "最长响铃（秒）",
      "Seconds after which it ends by itself: three hours at most.": "多少秒后自动停止，最多三小时",
      "Pushover user key": "Pushover 用户密钥",
      "The key of a user or of a delivery group: 30 letters and digits.":
        "用户或投递组的 Key，30 个字母和数字",
    },
  },
  sample: { token: "A0/+=&%23 cd", emergency: "critical", base: "https://pushover.example.com/" },
});
