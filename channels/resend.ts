import {
  type ChannelRequest,
  type ChannelResponse,
  defineChannel,
  delivered,
  laneAt,
  refused,
  remedy,
  retry,
  secret,
  server,
  type Verdict,
  verdictByStatus,
  z,
} from "../relay/channel.ts";
import { type Codes, verdictByCode } from "./_answers/by_code.ts";
import { fieldsOf, wordsOf } from "./_answers/json.ts";
import { no } from "./_answers/reading.ts";
import { MAIL_WORDS, mailFields } from "./_mail/fields.ts";
import { domainOf, personIn } from "./_mail/people.ts";
import { LIMITS, sendThrough, TIMEOUT } from "./_mail/provider.ts";
import { mailboxText, type WebMail } from "./_mail/web_mail.ts";

const config = z.object({
  key: secret("API key", { description: "One that may only send is enough." }),
  ...mailFields,
  base: server({ default: "https://api.resend.com", description: "What stands before /emails." }),
});

type Config = z.output<typeof config>;

/** https://resend.com/docs/api-reference/emails/send-email */
const RECIPIENTS = 50;

/** https://resend.com/docs/api-reference/errors; for other errors the HTTP status decides. */
const CODES: Codes = {
  concurrent_idempotent_requests: (words) => retry(words),
  daily_quota_exceeded: no("config"),
  monthly_quota_exceeded: no("config"),
  security_error: no("config"),
};

export default defineChannel({
  api: 1,
  name: "resend",
  title: "Resend",
  docs: "https://resend.com/docs/api-reference/emails/send-email",
  config,
  limits: {
    ...LIMITS,
    rates: [{ messages: 2, per: 1_000 }], // the default of a team: https://resend.com/docs/api-reference/rate-limit
  },
  form: "html",
  timeout: TIMEOUT,
  idempotent: true,
  lane: ({ base, from }) => laneAt(base, domainOf(personIn(from)!.address)),
  send: sendThrough({ recipients: RECIPIENTS, requestOf, verdictOn }),
  // https://resend.com/docs/api-reference/errors
  fixtures: {
    accepted: [
      { status: 200, json: { id: "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794" } },
      {
        about: "an earlier attempt was accepted",
        status: 409,
        json: {
          statusCode: 409,
          name: "invalid_idempotent_request",
          message: "This idempotency key has already been used with a modified request payload.",
        },
      },
    ],
    throttled: [{
      status: 429,
      headers: { "retry-after": "1" },
      waitMs: 1_000,
      json: { statusCode: 429, name: "rate_limit_exceeded", message: "Too many requests." },
    }],
    refused: [
      {
        about: "the key is not valid",
        what: "config",
        status: 400,
        json: { statusCode: 400, name: "validation_error", message: "API key is invalid" },
      },
      {
        about: "the domain is not verified",
        what: "config",
        status: 403,
        json: {
          statusCode: 403,
          name: "validation_error",
          message: "The example.com domain is not verified.",
        },
      },
      {
        about: "the day's quota is used up",
        what: "config",
        status: 429,
        json: {
          statusCode: 429,
          name: "daily_quota_exceeded",
          message: "You have reached your daily email sending quota.",
        },
      },
      {
        about: "a field",
        what: "payload",
        status: 422,
        json: { statusCode: 422, name: "validation_error", message: "Invalid `subject` field." },
      },
    ],
    retried: [
      {
        status: 409,
        json: { statusCode: 409, name: "concurrent_idempotent_requests", message: "In progress." },
      },
      { status: 500, json: { statusCode: 500, name: "application_error", message: "An error occurred." } },
      { about: "a page", text: "<html></html>" },
    ],
  },
  remedies: [
    remedy(/quota_exceeded/, {
      zh: ["Resend 的每日或每月发送额度已用完", "请升级 Resend 套餐，或等待额度恢复"],
      en: [
        "The quota of the day or month is used up",
        "Upgrade the plan at Resend, or wait for the next period",
      ],
    }),
    remedy(/API key|api_key/i, {
      zh: ["API 密钥无效或没有发送权限", "请在 Resend → API Keys 重新创建并复制"],
      en: ["The API key is not valid or may not send", "Create and copy one at Resend → API Keys"],
    }),
    remedy(/HTTP 403|not verified|testing emails/i, {
      zh: ["发件人的域名未在 Resend 验证", "请在 Resend → Domains 完成验证，并核对“发件人”"],
      en: [
        "The sender's domain is not verified at Resend",
        "Verify it at Resend → Domains, and check the sender",
      ],
    }),
  ],
  words: {
    zh: {
      ...MAIL_WORDS,
      "One that may only send is enough.": "只有发送权限的密钥即可",
    },
  },
  sample: {
    key: "re_A0/+=&%23 cd",
    from: "告警 \"</script>' <ops@example.com>",
    to: ["on-call@example.com"],
    reply_to: "值班 <on-call@example.com>",
    base: "https://resend.example.com/",
  },
});

function requestOf({ base, key }: Config, mail: WebMail, { id }: { id: string }): ChannelRequest {
  return {
    url: `${base}/emails`,
    // The plain mail after a refusal has another text, and so another key.
    headers: {
      authorization: `Bearer ${key}`,
      "idempotency-key": mail.html === undefined ? `${id}-plain` : id,
    },
    json: {
      from: mailboxText(mail.from),
      to: mail.to.map(({ address }) => address),
      reply_to: mail.replyTo && mailboxText(mail.replyTo),
      subject: mail.subject,
      text: mail.text,
      html: mail.html,
      headers: mail.headers,
    },
  };
}

function verdictOn(response: ChannelResponse, context: { now: number }): Verdict {
  const { id, name, message } = fieldsOf(response.json);
  if (typeof id === "string" && response.status === 200) return delivered();
  const words = wordsOf(name, message);
  // The same id with other words, which have changed with time: the first mail counts.
  if (name === "invalid_idempotent_request") return delivered(words);
  if (name === "validation_error" && /API key/.test(words)) return refused("config", words);
  return verdictByCode(response, { code: name, words, codes: CODES }, context) ??
    verdictByStatus(response, context);
}
