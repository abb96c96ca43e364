import { defineChannel, laneAt, refused, remedy, server, type Severity, z } from "../relay/channel.ts";
import { TOO_LONG, verdictOn } from "./_bark/answer.ts";
import { shortKey } from "./_chat/short_key.ts";

const config = z.object({
  base: server({
    default: "https://api.day.app",
    description: "What stands before /push: a bark-server of your own, or the public one.",
  }),
  ring: z.enum(["none", "critical"]).default("none").meta({
    title: "Ring through silence",
    description:
      "Whether critical alerts sound although the phone is muted, again and again for half a minute.",
  }),
  group: z.string().trim().min(1).optional().meta({
    title: "Group of notifications",
    description: "Default: the group that is notified.",
  }),
});

/** https://bark.day.app/#/tutorial */
const LEVELS: Readonly<Record<Severity, string>> = {
  critical: "timeSensitive",
  error: "timeSensitive",
  warning: "active",
  info: "passive",
};

/** Our choice: a longer address would displace the text within APNs' limit. */
const URL_CHARS = 500;

export default defineChannel({
  api: 1,
  name: "bark",
  title: "Bark",
  docs: "https://bark.day.app/#/tutorial",
  config,
  limits: {
    titleChars: 100, // our choice: a phone shows fewer
    body: { jsonBytes: 2_500 }, // ours: APNs takes 4 KB in all, https://developer.apple.com/documentation/usernotifications/generating-a-remote-notification
  },
  titleApart: true,
  per: "recipient",
  address: {
    name: "bark",
    title: "Bark device key",
    description: "The part of the app's test address after the server.",
    secret: true,
  },
  idempotent: true, // the same id replaces the notification
  lane: ({ base }) => laneAt(base),
  request: async ({ base, ring, group }, message) => {
    const [recipient] = message.recipients;
    if (!recipient?.bark) return refused("recipient", "the member has no Bark device key");
    const fires = message.status === "firing";
    const rings = fires && ring === "critical" && message.severity === "critical";
    const url = message.actions?.open ?? message.links[0]?.url;
    return {
      url: `${base}/push`,
      json: {
        device_key: recipient.bark,
        title: message.title.trim() || message.severity,
        body: message.body.trim() || message.title,
        group: group ?? message.group,
        level: rings ? "critical" : fires ? LEVELS[message.severity] : "active",
        ...rings ? { call: "1" } : {},
        // Firing and resolved are one notification; a digest has several alerts. APNs accepts at most 64 bytes.
        ...message.digest ? {} : { id: await shortKey(`${message.group} ${message.thread}`) },
        ...url === undefined || url.length > URL_CHARS ? {} : { url },
      },
    };
  },
  verdict: verdictOn,
  remedies: [
    remedy(TOO_LONG, {
      zh: ["通知超过苹果推送允许的长度", "请精简模板"],
      en: ["The notification is longer than Apple allows", "Shorten the template"],
    }),
    remedy(/\bdevice.?(?:key|token)|DeviceToken|Unregistered/i, {
      zh: ["设备密钥不存在或已失效（重装 App 后会改变）", "请在 Bark App 首页重新复制，并在“成员”页更新"],
      en: [
        "The device key does not exist, or no longer: a new installation of the app gets a new one",
        "Copy it again from the app's first page, and set it on the Members page",
      ],
    }),
    remedy(/^500 /, {
      zh: ["苹果推送服务拒绝了通知", "若持续，请让收件人打开 Bark App，重新复制设备密钥"],
      en: [
        "Apple refused the notification",
        "If it lasts, let the recipient open the app and copy its device key again",
      ],
    }),
  ],
  words: {
    zh: {
      "Bark": "Bark",
      "What stands before /push: a bark-server of your own, or the public one.":
        "/push 之前的地址：自建的 bark-server，或公共服务。",
      "Ring through silence": "静音时响铃",
      "Whether critical alerts sound although the phone is muted, again and again for half a minute.":
        "严重告警是否无视静音并持续响铃半分钟。",
      "Group of notifications": "通知分组",
      "Default: the group that is notified.": "默认为被通知的告警组。",
      "Bark device key": "Bark 设备密钥",
      "The part of the app's test address after the server.": "App 中测试地址里服务器之后的那一段。",
    },
  },
  // https://github.com/Finb/bark-server/blob/master/route_push.go
  fixtures: {
    accepted: [{ json: { code: 200, message: "success", timestamp: 1_700_000_000 } }],
    throttled: [{ status: 429, json: { code: 429, message: "too many requests" } }],
    refused: [
      {
        about: "no such device",
        what: "recipient",
        status: 400,
        json: {
          code: 400,
          message: "failed to get device token: failed to get [x] device token from database",
        },
      },
      {
        about: "APNs knows the device no longer, and so the server forgets it",
        what: "recipient",
        status: 500,
        json: { code: 500, message: "push failed: BadDeviceToken" },
      },
      {
        about: "more than 4 KB for APNs",
        what: "payload",
        status: 500,
        json: { code: 500, message: "push failed: PayloadTooLarge" },
      },
    ],
    retried: [
      { about: "a page", text: "<html></html>" },
      { status: 500, json: { code: 500, message: "push failed: InternalServerError" } },
    ],
  },
  sample: { base: "https://bark.example.com/", ring: "critical", group: 'ops"</script>' },
});
