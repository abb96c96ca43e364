import { cut, defineChannel, laneAt, z } from "../relay/channel.ts";
import { MOBILE, PHONE_WORDS, resolvedField } from "./_sms/fields.ts";
import { numberFor } from "./_sms/recipient.ts";
import { ACCOUNT_WORDS, accountFields, callOf } from "./_twilio/account.ts";
import { FIXTURES, verdictOn } from "./_twilio/answer.ts";
import { REMEDIES } from "./_twilio/remedies.ts";

/** https://www.twilio.com/docs/messaging/api/message-resource */
const MOST_CHARS = 1_600;

const config = z.object({
  ...accountFields,
  from: z.string().trim().regex(
    /^(\+\d{5,15}|\d{3,8}|MG\w+|[\w ]{1,11})$/,
    "must be a number, a name or an MG… SID",
  ).meta({
    title: "Sender",
    description: "A number bought from Twilio, such as +15017122661, or the SID of a messaging service: MG…",
  }),
  chars: z.int().min(160).max(MOST_CHARS).default(300).meta({
    title: "Characters",
    description: "Longer messages are cut. Each 67 characters of Chinese are billed as one message.",
  }),
  link: z.boolean().default(false).meta({
    title: "Link to acknowledge",
    description: "Adds about 250 characters to a firing alert, where the relay knows its public address.",
  }),
  resolved: resolvedField(true),
});

export default defineChannel({
  api: 1,
  name: "twilio_sms",
  title: "Twilio SMS",
  docs: "https://www.twilio.com/docs/messaging/api/message-resource",
  config,
  limits: ({ chars }) => ({
    titleChars: 60, // our choice
    body: { characters: chars },
    // A long number sends one message a second, and Twilio queues the others for hours; the second rate is our
    // choice.
    rates: [{ messages: 1, per: 1_000 }, { messages: 30, per: 60_000 }],
  }),
  per: "recipient",
  address: MOBILE,
  lane: ({ base, account, from }) => laneAt(base, account, from),
  request: (config, message) => {
    const number = numberFor(message, config);
    if ("kind" in number) return number;
    const sender = config.from.startsWith("MG")
      ? { MessagingServiceSid: config.from }
      : { From: config.from };
    const text = message.body.trim() || message.title.trim() || message.severity;
    const link = config.link && !message.plain ? message.actions?.acknowledge : undefined;
    const Body = link === undefined ? text : `${cut(text, { chars: MOST_CHARS - link.length - 1 })}\n${link}`;
    return callOf(config, "Messages", { To: number.e164, ...sender, Body });
  },
  verdict: verdictOn,
  fixtures: {
    accepted: [{
      status: 201,
      json: {
        sid: "SM1f0e8ae6ade43cb3c0ce4525424e404f",
        status: "queued",
        error_code: null,
        num_segments: "1",
      },
    }],
    ...FIXTURES,
  },
  remedies: REMEDIES,
  words: {
    zh: {
      ...ACCOUNT_WORDS,
      ...PHONE_WORDS,
      "Twilio SMS": "Twilio 短信",
      "Sender": "发送方",
      "A number bought from Twilio, such as +15017122661, or the SID of a messaging service: MG…":
        "在 Twilio 购买的号码，例如 +15017122661；或 Messaging Service 的 SID（MG…）",
      "Link to acknowledge": "确认链接",
      "Adds about 250 characters to a firing alert, where the relay knows its public address.":
        "在告警中的短信末尾附上确认链接（约 250 个字符）；需已设置中继的公网地址",
      "Characters": "字数",
      "Longer messages are cut. Each 67 characters of Chinese are billed as one message.":
        "更长的消息会被截断。每 67 个汉字按一条短信计费",
    },
  },
  sample: {
    account: "AC0123456789abcdef0123456789abcdef",
    user: "SK0123456789abcdef0123456789abcdef",
    secret: "A0/+=&%23 cd",
    from: "+15017122661",
    base: "https://twilio.example.com/",
  },
});
