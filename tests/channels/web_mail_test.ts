/** Mail over HTTP: Resend, SendGrid, Mailgun, Aliyun DirectMail. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import directmail from "../../channels/aliyun_directmail.ts";
import mailgun from "../../channels/mailgun.ts";
import resend from "../../channels/resend.ts";
import sendgrid from "../../channels/sendgrid.ts";
import {
  type Channel,
  type ChannelRequest,
  type Message,
  NoAnswer,
  type Verdict,
} from "../../relay/channel.ts";
import { encodeRequest } from "../../relay/channel/request_body.ts";
import { testFixtures } from "./_fixtures.ts";
import { HOSTILE, message, NOW } from "./_message.ts";
import { answer } from "./_send.ts";
import { type TestCache, testCache } from "./_talk.ts";

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

/** An answer of a provider; `undefined`: there is none. */
type Answer = { readonly status: number; readonly text?: string } | undefined;

/** Sends a mail. `answers`: by the addresses of a request; default: it is taken. */
async function talk(
  channel: Channel,
  config: object,
  own: Message,
  { answers = () => taken(channel), cache = testCache(() => NOW), now = NOW }: {
    answers?: (to: string) => Answer;
    cache?: TestCache;
    now?: number;
  } = {},
): Promise<{ requests: ChannelRequest[]; verdict: Verdict }> {
  const requests: ChannelRequest[] = [];
  const verdict = await channel.send!(channel.config.parse(config), own, {
    now,
    cache,
    kept: new Map(),
    signal: AbortSignal.any([]),
    fetch: (request) => {
      requests.push(request);
      const given = answers(JSON.stringify(bodyOf(request)));
      if (given === undefined) return Promise.reject(new NoAnswer("no answer", { handedOver: true }));
      return Promise.resolve(answer(given.text ?? "", { status: given.status }));
    },
  });
  return { requests, verdict };
}

/** The provider's yes. */
function taken(channel: Channel): Answer {
  const { status = 200, json } = channel.fixtures!.accepted[0]!;
  return { status, text: json === undefined ? "" : JSON.stringify(json) };
}

/** The provider's no to the mail, as its fixture has it. */
function refusedBy(channel: Channel): Answer {
  const { status = 200, json } = channel.fixtures!.refused!.find(({ what }) => what === "payload")!;
  return { status, text: JSON.stringify(json) };
}

async function requestOf(
  channel: Channel,
  config: object,
  own: Message,
  options: { now?: number } = {},
): Promise<ChannelRequest> {
  const { requests: [request] } = await talk(channel, config, own, options);
  return request!;
}

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
  const { html: _, ...plain } = message({ ...MAIL, plain: true });
  const { headers } = await requestOf(resend, { key: "k", from: FROM }, plain);
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
  const config = {
    accessKeyId: "LTAI",
    accessKeySecret: "s+/=",
    from: "ops@example.com",
    alias: "告警",
    reply_to: "值班 <on-call@example.com>",
  };
  const request = await requestOf(directmail, config, MAIL);
  equal(request.url, "https://dm.aliyuncs.com/");
  equal(bodyOf(request), {
    AccountName: "ops@example.com",
    AddressType: "1",
    ClickTrace: "0",
    FromAlias: "告警",
    HtmlBody: PAGE,
    ReplyAddress: "on-call@example.com",
    ReplyAddressAlias: "值班",
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
  Deno.test(`${channel.name}: without an address of anybody there is nobody to send to`, async () => {
    const people = [{ id: "a" }, { id: "b", email: "none" }, { id: "c", email: "用户@example.com" }];
    const { requests, verdict } = await talk(channel, config, message({ recipients: people }));
    equal(requests, []);
    equal(verdict, {
      kind: "refused",
      what: "recipient",
      because: "no member of the group has an address, and `to` is empty",
    });
  });

  Deno.test(`${channel.name}: the same address counts once, and many share several mails`, async () => {
    const to = Array.from({ length: 1_100 }, (_, index) => `a${index}@example.com`);
    const { requests, verdict } = await talk(
      channel,
      { ...config, to: [...to, "A0@EXAMPLE.COM"] },
      message(),
    );
    equal(verdict.kind, "delivered");
    const sent = requests.flatMap((request) =>
      JSON.stringify(bodyOf(request)).match(/a\d+@example\.com/gi) ?? []
    );
    equal(sent.sort(), to.sort());
  });

  Deno.test(`${channel.name}: an address that is not accepted costs nobody else the mail`, async () => {
    const people = ["a", "b", "c"].map((id) => ({ id, email: `${id}@example.com` }));
    const own = message({ recipients: people });
    const answers = (to: string): Answer =>
      to.includes("b@example.com") ? refusedBy(channel) : taken(channel);
    const { requests, verdict } = await talk(channel, config, own, { answers });
    equal(requests.length, 4, "all together, then each alone");
    ok(verdict.kind === "delivered", JSON.stringify(verdict));
    equal([verdict.failed, verdict.reached], [["b"], ["a", "c"]]);
    match(verdict.because, /not to b@example\.com/);
  });

  Deno.test(`${channel.name}: who has the mail does not get it again, and who is refused is not asked again`, async () => {
    const cache = testCache(() => NOW);
    const people = ["a", "b", "c"].map((id) => ({ id, email: `${id}@example.com` }));
    const own = message({ recipients: people });
    const together = (to: string): boolean => people.every(({ email }) => to.includes(email));
    const answers = (to: string): Answer => {
      if (together(to) || to.includes("b@example.com")) return refusedBy(channel);
      return to.includes("c@example.com") ? undefined : taken(channel);
    };
    const { verdict } = await talk(channel, config, own, { answers, cache });
    ok(verdict.kind === "retry", JSON.stringify(verdict));
    equal(verdict.alone, { reached: ["a"], left: ["c"], failed: ["b"] });
    const again = await talk(channel, config, own, { cache });
    equal(again.requests.length, 1);
    match(JSON.stringify(bodyOf(again.requests[0]!)), /c@example\.com/);
    ok(again.verdict.kind === "delivered");
    equal([again.verdict.failed, again.verdict.reached], [["b"], ["a", "c"]]);
  });

  Deno.test(`${channel.name}: a mail that is refused for each of several is wrong itself, and keeps nothing`, async () => {
    const cache = testCache(() => NOW);
    const { verdict } = await talk(channel, config, MAIL, { answers: () => refusedBy(channel), cache });
    equal([verdict.kind, verdict.kind === "refused" && verdict.what, cache.values.size], [
      "refused",
      "payload",
      0,
    ]);
  });

  Deno.test(`${channel.name}: an account that is refused is asked once`, async () => {
    const { status = 200, json, text = JSON.stringify(json) } = channel.fixtures!.refused![0]!;
    const { requests, verdict } = await talk(channel, config, MAIL, { answers: () => ({ status, text }) });
    equal([requests.length, verdict.kind === "refused" && verdict.what], [1, "config"]);
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
