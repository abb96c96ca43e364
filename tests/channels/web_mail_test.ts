/** Mail over HTTP: Resend, SendGrid, Mailgun, Aliyun DirectMail. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import directmail from "../../channels/aliyun_directmail.ts";
import mailgun from "../../channels/mailgun.ts";
import resend from "../../channels/resend.ts";
import sendgrid from "../../channels/sendgrid.ts";
import type { Channel, ChannelRequest, Message } from "../../relay/channel.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message, NOW } from "./_message.ts";
import { requestOf } from "./_send.ts";

const FROM = "告警 <ops@example.com>";
const CONFIGS: readonly (readonly [channel: Channel, config: object])[] = [
  [resend, { key: "re_k", from: FROM }],
  [sendgrid, { key: "SG.k", from: FROM }],
  [mailgun, { key: "k", domain: "mg.example.com", from: FROM }],
  [directmail, { accessKeyId: "LTAI", accessKeySecret: "s+/=", from: "ops@example.com", alias: "告警" }],
];
const MAILS = [{ id: "li.lei", name: "李雷", email: "li.lei@example.com" }, {
  id: "han.mei",
  email: "han.mei@bücher.example",
}];
const PAGE = "<html><body>满</body></html>";
const MAIL = message({
  subject: "[严重] DiskFull · node-3",
  body: "node-3 满",
  html: PAGE,
  recipients: MAILS,
});

const HEADERS = {
  "References": "<thread-f1@example.com>",
  "In-Reply-To": "<thread-f1@example.com>",
  "Auto-Submitted": "auto-generated",
  "X-Auto-Response-Suppress": "All",
  "List-Id": "<ops.default.fenghuo.example.com>",
  "X-Fenghuo-Status": "firing",
  "X-Fenghuo-Severity": "critical",
  "Importance": "high",
  "X-Priority": "1 (Highest)",
};

for (const [channel] of CONFIGS) testFixtures(channel);

/** The body as it is sent: the fields of a form, or JSON. */
function bodyOf(request: ChannelRequest): Record<string, unknown> {
  const { headers, body } = encodeRequest(request);
  const isForm = headers["content-type"]!.startsWith("application/x-www-form-urlencoded");
  if (!isForm) return JSON.parse(body as string);
  const fields = new URLSearchParams(body as string);
  return Object.fromEntries([...new Set(fields.keys())].map((name) => {
    const values = fields.getAll(name);
    return [name, values.length === 1 ? values[0] : values];
  }));
}

Deno.test("resend: the request", async () => {
  const config = { key: "re_k+/=", from: FROM, to: "list@example.com", reply_to: "on-call@example.com" };
  const request = await requestOf(resend, config, MAIL);
  equal(request.url, "https://api.resend.com/emails");
  equal(request.headers, { authorization: "Bearer re_k+/=", "idempotency-key": MAIL.id });
  equal(bodyOf(request), {
    from: '"告警" <ops@example.com>',
    to: ["li.lei@example.com", "han.mei@xn--bcher-kva.example", "list@example.com"],
    reply_to: "on-call@example.com",
    subject: "[严重] DiskFull · node-3",
    text: "node-3 满",
    html: PAGE,
    headers: HEADERS,
  });
});

Deno.test("resend: the plain mail after a refusal has a key of its own", async () => {
  const { headers } = await requestOf(resend, { key: "k", from: FROM }, message({ ...MAIL, plain: true }));
  equal(headers!["idempotency-key"], `${MAIL.id}-plain`);
});

Deno.test("sendgrid: the request", async () => {
  const config = { key: "SG.k", from: FROM, reply_to: "on-call@example.com" };
  const request = await requestOf(sendgrid, config, MAIL);
  equal(request.url, "https://api.sendgrid.com/v3/mail/send");
  equal(request.headers, { authorization: "Bearer SG.k" });
  equal(bodyOf(request), {
    personalizations: [{
      to: [{ email: "li.lei@example.com", name: "李雷" }, { email: "han.mei@xn--bcher-kva.example" }],
    }],
    from: { email: "ops@example.com", name: "告警" },
    reply_to: { email: "on-call@example.com" },
    subject: "[严重] DiskFull · node-3",
    content: [{ type: "text/plain", value: "node-3 满" }, { type: "text/html", value: PAGE }],
    headers: HEADERS,
    tracking_settings: { click_tracking: { enable: false }, open_tracking: { enable: false } },
  });
});

Deno.test("mailgun: the request", async () => {
  const config = { key: "k+/=", domain: "mg.example.com", from: FROM, reply_to: "on-call@example.com" };
  const request = await requestOf(mailgun, { ...config, base: "https://api.eu.mailgun.net/" }, MAIL);
  equal(request.url, "https://api.eu.mailgun.net/v3/mg.example.com/messages");
  equal(request.headers, { authorization: `Basic ${btoa("api:k+/=")}` });
  equal(bodyOf(request), {
    from: '"告警" <ops@example.com>',
    to: ['"李雷" <li.lei@example.com>', "han.mei@xn--bcher-kva.example"],
    subject: "[严重] DiskFull · node-3",
    text: "node-3 满",
    html: PAGE,
    "o:tracking": "no",
    ...Object.fromEntries(Object.entries(HEADERS).map(([name, value]) => [`h:${name}`, value])),
    "h:Reply-To": "on-call@example.com",
  });
});

Deno.test("aliyun_directmail: the request, signed over the very form that is sent", async () => {
  const config = { accessKeyId: "LTAI", accessKeySecret: "s+/=", from: "ops@example.com", alias: "告警" };
  const request = await requestOf(directmail, config, MAIL);
  equal(request.url, "https://dm.aliyuncs.com/");
  equal(bodyOf(request), {
    AccountName: "ops@example.com",
    AddressType: "1",
    ClickTrace: "0",
    FromAlias: "告警",
    HtmlBody: PAGE,
    ReplyToAddress: "false",
    Subject: "[严重] DiskFull · node-3",
    ToAddress: "li.lei@example.com,han.mei@xn--bcher-kva.example",
  });
  const { headers, body } = encodeRequest(request);
  const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
  const signed: Record<string, string> = { ...headers, host: "dm.aliyuncs.com" };
  delete signed.authorization;
  const names = Object.keys(signed).sort();
  equal(names, [
    "content-type",
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
  ]);
  equal(signed["x-acs-content-sha256"], sha256(body as string));
  const canonical = `POST\n/\n\n${names.map((name) => `${name}:${signed[name]}\n`).join("")}\n${
    names.join(";")
  }\n${sha256(body as string)}`;
  const signature = createHmac("sha256", "s+/=").update(`ACS3-HMAC-SHA256\n${sha256(canonical)}`)
    .digest("hex");
  equal(
    headers.authorization,
    `ACS3-HMAC-SHA256 Credential=LTAI,SignedHeaders=${names.join(";")},Signature=${signature}`,
  );
});

Deno.test("aliyun_directmail: another attempt has another nonce", async () => {
  const nonce = async (now: number): Promise<string> =>
    (await requestOf(directmail, CONFIGS[3]![1], MAIL, { now })).headers!["x-acs-signature-nonce"]!;
  ok(await nonce(NOW) !== await nonce(NOW + 1));
});

for (const [channel, config] of CONFIGS) {
  const ask = (own: Message, more: object = {}): ReturnType<NonNullable<Channel["request"]>> =>
    channel.request!(channel.config.parse({ ...config, ...more }), own, { now: NOW, id: own.id });

  Deno.test(`${channel.name}: without an address of anybody there is nobody to send to`, async () => {
    const people = [{ id: "a" }, { id: "b", email: "none" }, { id: "c", email: "用户@example.com" }];
    equal(await ask(message({ recipients: people })), {
      kind: "refused",
      what: "recipient",
      because: "no member of the group has an address, and `to` is empty",
    });
  });

  Deno.test(`${channel.name}: the same address counts once, and nobody is above the provider's number`, async () => {
    const to = Array.from({ length: 1_100 }, (_, index) => `a${index}@example.com`);
    const request = await requestOf(channel, { ...config, to: [...to, "A0@EXAMPLE.COM"] }, message());
    const { to: list = [], ToAddress = "", personalizations } = bodyOf(request) as {
      to?: string[];
      ToAddress?: string;
      personalizations?: { to: unknown[] }[];
    };
    const sent = personalizations?.[0]?.to.length ?? (ToAddress ? ToAddress.split(",") : list).length;
    const { recipients } = channel.limits as { recipients: number };
    equal(sent, recipients);
    match(JSON.stringify(bodyOf(request)), new RegExp(`另有 ${1_100 - recipients} 位收件人`));
  });

  Deno.test(`${channel.name}: what is hostile ends no header and no field`, async () => {
    for (const [name, text] of Object.entries(HOSTILE)) {
      const hostile = message({
        subject: text.replace(/\s+/g, " "),
        group: `${text}/x`,
        thread: text,
        body: text,
        recipients: [{ id: "a", name: text, email: "a@example.com" }],
      });
      const body = bodyOf(await requestOf(channel, { ...config, reply_to: undefined }, hostile));
      const headers = (body.headers ?? {}) as Record<string, string>;
      const lines = [
        ...Object.values(headers),
        ...Object.entries(body).filter(([field]) => /^(h:|from|to|ToAddress|AccountName)/.test(field))
          .map(([, value]) => String(value)),
      ];
      for (const line of lines) ok(!/[\r\n\0]/.test(line), `${name}: ${JSON.stringify(line)}`);
      ok(JSON.stringify(body).includes("a@example.com"));
    }
  });

  Deno.test(`${channel.name}: a mail without a page is text alone`, async () => {
    const text = JSON.stringify(bodyOf(await requestOf(channel, config, message({ recipients: MAILS }))));
    ok(!/html|HtmlBody/.test(text.replaceAll("text/html", "html")), text);
    match(text, /node-3 is 97 % full/);
  });
}
