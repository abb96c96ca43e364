import {
  type ChannelRequest,
  type ChannelResponse,
  defineChannel,
  laneAt,
  refused,
  remedy,
  secret,
  server,
  type Verdict,
  verdictByStatus,
  z,
} from "../relay/channel.ts";
import { fieldsOf } from "./_answers/json.ts";
import { MAIL_WORDS, mailFields } from "./_mail/fields.ts";
import { LIMITS, sendThrough, TIMEOUT } from "./_mail/provider.ts";
import { mailboxText, type WebMail } from "./_mail/web_mail.ts";

const config = z.object({
  key: secret("API key", { description: "A sending key of the domain is enough." }),
  domain: z.string().trim().regex(/^[a-z\d.-]+$/i, "must be a domain such as mg.example.com").meta({
    title: "Domain",
    description: "The sending domain at Mailgun, such as mg.example.com.",
  }),
  ...mailFields,
  base: server({
    default: "https://api.mailgun.net",
    description: "What stands before /v3: https://api.eu.mailgun.net for a domain in the EU.",
  }),
});

type Config = z.output<typeof config>;

/** https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages */
const RECIPIENTS = 1_000;

export default defineChannel({
  api: 1,
  name: "mailgun",
  title: "Mailgun",
  docs: "https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages",
  config,
  limits: LIMITS,
  form: "html",
  timeout: TIMEOUT,
  lane: ({ base, domain }) => laneAt(base, domain.toLowerCase()),
  send: sendThrough({ recipients: RECIPIENTS, requestOf, verdictOn }),
  // https://documentation.mailgun.com/docs/mailgun/api-reference/mg-error-codes
  fixtures: {
    accepted: [{
      status: 200,
      json: { id: "<20261130101010.1.ABCDEF@mg.example.com>", message: "Queued. Thank you." },
    }],
    throttled: [{
      status: 429,
      json: { message: "Domain mg.example.com is not allowed to send: limit exceeded" },
    }],
    refused: [
      { about: "the key is not valid", what: "config", status: 401, text: "Forbidden" },
      {
        about: "no such domain, or another region's",
        what: "config",
        status: 404,
        json: { message: "Domain not found: mg.example.com" },
      },
      { about: "a bill is open", what: "config", status: 402, json: { message: "Payment required" } },
      {
        about: "a field",
        what: "payload",
        status: 400,
        json: { message: "'from' parameter is not a valid address. please check documentation" },
      },
      { about: "too large", what: "payload", status: 413, text: "" },
      { about: "a page", what: "config", status: 200, text: "Mailgun Magnificent API" },
    ],
    retried: [{ status: 500, json: { message: "Internal Server Error" } }, { status: 503, text: "" }],
  },
  remedies: [
    remedy(/HTTP (401|403)/, {
      zh: ["API 密钥无效，或不允许使用该域名", "请在 Mailgun → API Keys 重新复制密钥"],
      en: ["The API key is not valid, or not for this domain", "Copy it again at Mailgun → API keys"],
    }),
    remedy(/HTTP 404/, {
      zh: [
        "Mailgun 没有这个域名，或域名在另一个区域",
        "请核对“域名”；欧盟区域的“服务器”为 https://api.eu.mailgun.net",
      ],
      en: [
        "Mailgun does not have the domain, or has it in another region",
        "Check the domain; the server of the EU is https://api.eu.mailgun.net",
      ],
    }),
    remedy(/HTTP 402/, {
      zh: ["Mailgun 账户欠费或套餐不允许", "请在 Mailgun 检查账单与套餐"],
      en: ["The account's payment or plan does not allow it", "Check billing and plan at Mailgun"],
    }),
    remedy(/HTTP 200/, {
      zh: ["应答不是 Mailgun 的", "请核对“服务器”地址"],
      en: ["The answer is not Mailgun's", "Check the server's address"],
    }),
  ],
  words: {
    zh: {
      ...MAIL_WORDS,
      "A sending key of the domain is enough.": "该域名的发送密钥即可",
      "Domain": "域名",
      "The sending domain at Mailgun, such as mg.example.com.": "Mailgun 中的发信域名，例如 mg.example.com",
      "What stands before /v3: https://api.eu.mailgun.net for a domain in the EU.":
        "/v3 之前的地址；欧盟区域的域名为 https://api.eu.mailgun.net",
    },
  },
  sample: {
    key: "A0/+=&%23 cd",
    domain: "mg.example.com",
    from: "告警 \"</script>' <ops@mg.example.com>",
    to: ["on-call@example.com"],
    reply_to: "值班 <on-call@example.com>",
    base: "https://mailgun.example.com/",
  },
});

function requestOf({ base, key, domain }: Config, mail: WebMail): ChannelRequest {
  const headers = mail.replyTo === undefined
    ? mail.headers
    : { ...mail.headers, "Reply-To": mailboxText(mail.replyTo) };
  return {
    url: `${base}/v3/${domain}/messages`,
    headers: { authorization: `Basic ${new TextEncoder().encode(`api:${key}`).toBase64()}` },
    form: {
      from: mailboxText(mail.from),
      to: mail.to.map(mailboxText),
      subject: mail.subject,
      text: mail.text,
      ...mail.html === undefined ? {} : { html: mail.html },
      "o:tracking": "no",
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [`h:${name}`, value])),
    },
  };
}

function verdictOn(response: ChannelResponse, context: { now: number }): Verdict {
  const { status, json, text } = response;
  if (status === 402) return refused("config", `HTTP 402: ${text}`);
  const verdict = verdictByStatus(response, context);
  const isQueued = typeof fieldsOf(json).id === "string";
  return verdict.kind === "delivered" && !isQueued
    ? refused("config", `HTTP ${status} without an id`)
    : verdict;
}
