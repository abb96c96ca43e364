import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { CODES as DINGTALK } from "../../channels/_dingtalk/answer.ts";
import { CODES as DINGTALK_ENTERPRISE } from "../../channels/_dingtalk/enterprise_answer.ts";
import { CODES as FEISHU } from "../../channels/_feishu/answer.ts";
import { CODES as WECOM_APP } from "../../channels/_wecom/app_answer.ts";
import { CODES as WECOM } from "../../channels/_wecom/answer.ts";
import { discover } from "../kit/channels.ts";
import type { Channel } from "../../relay/channel.ts";
import { adviceOf } from "../../relay/channel/advice.ts";

const channels = await discover();
const channelOf = (name: string): Channel => channels.get(name)!;

const KNOWN: [channel: string, codes: readonly string[]][] = [
  ["dingtalk_robot", DINGTALK],
  ["dingtalk_chat", DINGTALK_ENTERPRISE],
  ["wecom_robot", WECOM],
  ["wecom_app", WECOM_APP],
  ["feishu_robot", FEISHU],
];

for (const [name, codes] of KNOWN) {
  Deno.test(`every code that ${name} knows has a cause and a cure of its own in both languages`, () => {
    ok(codes.length > 5);
    for (const code of codes.filter((code) => code !== "0")) {
      // Regardless of the surrounding text in a record, and with irrelevant words.
      for (const because of [`${code} xyz`, code, `given up after 9 attempts in 24 h: ${code} xyz`]) {
        const advice = adviceOf(channelOf(name), because);
        ok(advice, because);
        ok(
          advice.cause.zh !== adviceOf(undefined, because)?.cause.zh,
          `${because} has only what any vendor may say`,
        );
        for (const { zh, en } of [advice.cause, advice.cure]) {
          match(zh, /[\u4e00-\u9fff]/, because);
          ok(en !== "" && !/[\u4e00-\u9fff]/.test(en), `${because}: ${en}`);
        }
      }
    }
  });
}

/** Answers that any vendor, or a server in between, may give. */
const GENERAL = [
  "HTTP 503",
  "HTTP 429",
  "HTTP 408",
  "HTTP 400",
  "no answer within 10 s",
  "connection reset",
  "dns error",
];

Deno.test("no advice says what the relay does next: it also stands at what was given up, and at a test", () => {
  const all = [
    ...channels.names().flatMap((name) => channelOf(name).remedies ?? []),
    ...GENERAL.map((text) => adviceOf(undefined, text)!),
  ];
  ok(all.length > 50);
  for (const { cause, cure } of all) {
    for (const { zh, en } of [cause, cure]) {
      doesNotMatch(zh, /自动(?:重试|发送|再)|会(?:再|重试|以纯文本)|再发一次/);
      doesNotMatch(
        en,
        /\b(?:relay|it|mail) (?:will be |is |was )?(?:tr(?:y|ies|ied)|sen[dt]s?|goes|retr)\w* /i,
      );
      doesNotMatch(en, /tried (?:again|once)|nothing to do: the relay/i);
    }
  }
});

const MEANT: [channel: string, because: string, cause: RegExp, cure: RegExp][] = [
  [
    "dingtalk_robot",
    "310000 sign not match, more: [https://…]",
    /signing secret is missing or wrong/,
    /begins with SEC.*Security settings/,
  ],
  ["dingtalk_robot", "310000 description:机器人发送签名不匹配", /signing secret/, /SEC/],
  ["dingtalk_robot", "310000 keywords not in content", /lacks the keyword/, /Custom keywords/],
  ["dingtalk_robot", "310000 ip X not in whitelist", /address is not on the robot's list/, /IP addresses/],
  ["dingtalk_robot", "310000 invalid timestamp: the relay's clock is 90 min ahead", /clock/, /NTP/],
  ["dingtalk_robot", "460101 message too long, exceed 20000 bytes", /20,000 bytes/, /Shorten/],
  ["dingtalk_robot", "no answer within 10 s", /did not answer in time/, /network/],
  ["wecom_robot", "93000 invalid webhook url", /key is not valid/, /key=/],
  ["wecom_robot", "93000 content exceed max length", /longer/, /Shorten/],
  [
    "dingtalk_chat",
    "88 ding talk error 60020 访问ip不在白名单之中",
    /address is not on the app's list/,
    /egress/,
  ],
  [
    "sendgrid",
    'HTTP 401: {"errors":[{"message":"Maximum credits exceeded"}]}',
    /credits are used up/,
    /Upgrade/,
  ],
  ["twilio_sms", "63038 Account exceeded the daily messages limit", /24 hours/, /higher limit/],
  ["email", "535 Error: authentication failed", /account or password/, /authorisation code/],
  [
    "email",
    "550 5.1.1 <x@example.com>: Recipient address rejected: User unknown",
    /does not exist/,
    /Members/,
  ],
  ["email", "554 5.7.1 blocked using Spamhaus", /refuses us/, /SPF/],
  ["email", "450 4.7.1 Error: too much mail from 192.0.2.1", /limits the rate/, /This is normal/],
  ["email", "432 4.3.2 Concurrent connections limit exceeded", /limits the rate/, /This is normal/],
  ["email", "554 5.7.1 Message rejected due to corporate policy", /taken for spam/, /template/],
  ["email", "550 5.7.1 Message rejected due to a DMARC policy", /refuses us/, /SPF/],
  ["email", "550 5.7.1 Unable to relay to a separate domain", /refuses us/, /may send/],
  ["email", "421 4.4.5 Server busy", /rejected the mail temporarily/, /provider's status/],
  ["email", "452 4.3.1 Insufficient system storage", /rejected the mail temporarily/, /provider's status/],
  ["email", "450 4.2.0 Mailbox busy", /rejected the mail temporarily/, /provider's status/],
  ["email", "552 5.2.2 Mailbox full", /mailbox is full/, /owner/],
  ["email", "452 4.2.2 Mailbox full", /mailbox is full/, /owner/],
  ["email", "450 4.2.0 Greylisted, see later", /greylists/, /This is normal/],
  [
    "email",
    "no answer: connection timed out: the platform may block SMTP; try port 2525",
    /platforms often block/,
    /2525/,
  ],
  ["ocp", "HTTP 404: 20001 the alarm rule does not exist", /rule does not exist/, /Create it at OCP/],
  ["webhook", "HTTP 401: unauthorized", /credentials/, /token/],
  ["webhook", "no answer: connection refused", /Nothing listens/, /port/],
  ["webhook", "no answer: dns error: failed to lookup address information", /cannot be resolved/, /DNS/],
  ["webhook", "no answer: invalid peer certificate: UnknownIssuer", /does not trust/, /DENO_TLS_CA_STORE/],
];

for (const [name, because, cause, cure] of MEANT) {
  Deno.test(`${name}: "${because}" is explained, with what to do`, () => {
    const advice = adviceOf(channelOf(name), because);
    match(advice?.cause.en ?? "", cause);
    match(advice?.cure.en ?? "", cure);
  });
}

Deno.test("what means nothing to anybody is not explained", () => {
  equal(adviceOf(channelOf("dingtalk_robot"), "999999 something new"), undefined);
  equal(adviceOf(undefined, "13100001 is no code of a channel"), undefined);
  equal(adviceOf(channelOf("dingtalk_robot"), "1310000 is another number"), undefined);
});
