import {
  type ChannelRequest,
  type ChannelResponse,
  defineChannel,
  laneAt,
  refused,
  remedy,
  secret,
  server,
  throttled,
  type Verdict,
  verdictByStatus,
  z,
} from "../relay/channel.ts";
import { MAIL_WORDS, mailFields } from "./_mail/fields.ts";
import { domainOf, type Mailbox, personIn } from "./_mail/people.ts";
import { LIMITS, sendThrough, TIMEOUT } from "./_mail/provider.ts";
import type { WebMail } from "./_mail/web_mail.ts";

const config = z.object({
  key: secret("API key", { description: "With the permission Mail Send." }),
  ...mailFields,
  base: server({
    default: "https://api.sendgrid.com",
    description: "What stands before /v3/mail/send: https://api.eu.sendgrid.com for an account in the EU.",
  }),
});

type Config = z.output<typeof config>;

/** https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
const RECIPIENTS = 1_000;

/** Assumed, if the answer names no end of the limit. */
const DEFAULT_WAIT = 60_000;

export default defineChannel({
  api: 1,
  name: "sendgrid",
  title: "SendGrid",
  docs: "https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send",
  config,
  limits: LIMITS,
  form: "html",
  timeout: TIMEOUT,
  lane: ({ base, from }) => laneAt(base, domainOf(personIn(from)!.address)),
  send: sendThrough({ recipients: RECIPIENTS, requestOf, verdictOn }),
  // https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
  fixtures: {
    accepted: [{ status: 202, text: "" }],
    throttled: [{
      status: 429,
      headers: { "x-ratelimit-reset": "1772352007" },
      waitMs: 7_000,
      json: { errors: [{ message: "too many requests", field: null, help: null }] },
    }],
    refused: [
      {
        about: "the key is not valid",
        what: "config",
        status: 401,
        json: { errors: [{ message: "The provided authorization grant is invalid, expired, or revoked" }] },
      },
      {
        about: "the plan's credits are used up",
        what: "config",
        status: 401,
        json: { errors: [{ message: "Maximum credits exceeded", field: null, help: null }] },
      },
      {
        about: "the sender is not verified",
        what: "config",
        status: 403,
        json: {
          errors: [{
            message: "The from address does not match a verified Sender Identity.",
            field: "from",
            help: null,
          }],
        },
      },
      {
        about: "a field",
        what: "payload",
        status: 400,
        json: { errors: [{ message: "The subject is required.", field: "subject" }] },
      },
      { about: "too large", what: "payload", status: 413, text: "" },
      { about: "the sandbox sends nothing", what: "config", status: 200, text: "" },
    ],
    retried: [{ status: 500, json: { errors: [{ message: "x" }] } }, { status: 503, text: "" }],
  },
  remedies: [
    // https://support.sendgrid.com/hc/en-us/articles/18322114821403
    remedy(/Maximum credits exceeded/, {
      zh: ["SendGrid 套餐的发送额度已用完", "请升级 SendGrid 的 Email API 套餐，或等待额度重置"],
      en: [
        "The plan's credits are used up",
        "Upgrade the Email API plan at SendGrid, or wait until the credits are reset",
      ],
    }),
    remedy(/HTTP 401|authorization grant/, {
      zh: ["API 密钥无效或已吊销", "请在 SendGrid → Settings → API Keys 重新创建并复制"],
      en: [
        "The API key is not valid or was revoked",
        "Create and copy one at SendGrid → Settings → API Keys",
      ],
    }),
    remedy(/HTTP 403|Sender Identity/, {
      zh: [
        "发件人未在 SendGrid 验证，或密钥没有 Mail Send 权限",
        "请在 SendGrid → Sender Authentication 验证发件人，并核对密钥的权限",
      ],
      en: [
        "The sender is not verified at SendGrid, or the key lacks the permission Mail Send",
        "Verify the sender at SendGrid → Sender Authentication, and check the key's permissions",
      ],
    }),
    remedy(/HTTP 200/, {
      zh: ["SendGrid 处于沙箱模式：邮件未真正发出", "请检查“服务器”地址，并在 SendGrid 关闭沙箱模式"],
      en: [
        "SendGrid answers as its sandbox does: nothing was sent",
        "Check the server's address, and turn off the sandbox mode",
      ],
    }),
  ],
  words: {
    zh: {
      ...MAIL_WORDS,
      "With the permission Mail Send.": "需要 Mail Send 权限",
      "What stands before /v3/mail/send: https://api.eu.sendgrid.com for an account in the EU.":
        "/v3/mail/send 之前的地址；欧盟账户为 https://api.eu.sendgrid.com",
    },
  },
  sample: {
    key: "SG.A0/+=&%23 cd",
    from: "告警 \"</script>' <ops@example.com>",
    to: ["on-call@example.com"],
    reply_to: "值班 <on-call@example.com>",
    base: "https://sendgrid.example.com/",
  },
});

function requestOf({ base, key }: Config, mail: WebMail): ChannelRequest {
  const { from, to, replyTo, subject, headers, text, html } = mail;
  return {
    url: `${base}/v3/mail/send`,
    headers: { authorization: `Bearer ${key}` },
    json: {
      personalizations: [{ to: to.map(mailboxOf) }],
      from: mailboxOf(from),
      reply_to: replyTo && mailboxOf(replyTo),
      subject,
      content: [
        { type: "text/plain", value: text },
        ...html === undefined ? [] : [{ type: "text/html", value: html }],
      ],
      headers,
      tracking_settings: { click_tracking: { enable: false }, open_tracking: { enable: false } },
    },
  };
}

function verdictOn(response: ChannelResponse, { now }: { now: number }): Verdict {
  const { status, headers, text } = response;
  if (status === 429) {
    const reset = Number(headers.get("x-ratelimit-reset") ?? NaN) * 1_000 - now; // in seconds since 1970
    return throttled(`HTTP 429: ${text}`, { waitMs: reset > 0 ? reset : DEFAULT_WAIT });
  }
  const verdict = verdictByStatus(response, { now });
  // 200 is the sandbox, which sends nothing.
  return verdict.kind === "delivered" && status !== 202
    ? refused("config", "HTTP 200: nothing was sent")
    : verdict;
}

function mailboxOf({ name, address }: Mailbox): { email: string; name?: string } {
  return { email: address, ...name === "" ? {} : { name: name.toWellFormed() } };
}
