/**
 * Every built-in channel has all its texts in Chinese and in English: its name, its form, and the explanations of its
 * vendor's refusals.
 */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { adviceOf } from "../../relay/channel/advice.ts";
import { HTTP_REMEDIES } from "../../relay/channel/http_remedies.ts";
import { NETWORK_REMEDIES } from "../../relay/channel/network_remedies.ts";
import { RELAY_REMEDIES } from "../../relay/channel/relay_remedies.ts";
import type { Remedy } from "../../relay/channel.ts";
import { inputSchema } from "../../relay/config/mod.ts";
import { channelTitle, choiceIn, exactTranslation, inWordsOf } from "../../relay/message/dictionary.ts";
import { discover } from "../kit/channels.ts";

const channels = await discover();
const HAN = /\p{Script=Han}/u;

/** Names that are the same in both languages. */
const NAMES: ReadonlySet<string> = new Set([
  "Alertmanager",
  "Bark",
  "Discord",
  "Google Chat",
  "Gotify",
  "Jira Service Management / Opsgenie",
  "Mailgun",
  "Matrix",
  "Mattermost",
  "Microsoft Teams",
  "OceanBase OCP",
  "PagerDuty",
  "Pushover",
  "Resend",
  "Rocket.Chat",
  "SendGrid",
  "Slack webhook",
  "Telegram",
  "Webhook",
  "ntfy",
]);

/** Choices that are the same in both languages. */
const SAME_CHOICES: ReadonlySet<string> = new Set(["markdown"]);

type Node = Readonly<Record<string, unknown>>;

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

/** The values of every choice in a JSON Schema. */
function choicesIn(node: unknown): string[] {
  if (!isNode(node)) return [];
  const own = Array.isArray(node.enum) ? node.enum.map(String) : [];
  return [...own, ...Object.values(node).flatMap(choicesIn)];
}

/** The complaints of a schema that its author wrote. */
function complaintsIn(schema: unknown): string[] {
  const seen = new Set<unknown>();
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (!isNode(value) || seen.has(value)) return;
    seen.add(value);
    if (typeof value.error === "function") {
      const said: unknown = value.error({ code: "custom", input: "?" });
      if (typeof said === "string") found.add(said);
    }
    for (const part of Object.values(value)) walk(part);
    if (isNode(value._zod)) walk(value._zod.def);
  };
  walk(schema);
  return [...found];
}

function languagesOf({ cause, cure }: Pick<Remedy, "cause" | "cure">): void {
  for (const { zh, en } of [cause, cure]) {
    ok(HAN.test(zh), `there is no Chinese for "${en}"`);
    ok(en.trim() !== "" && !HAN.test(en), `there is no English for "${zh}"`);
    ok(!/[.。]$/.test(zh) && !/\.$/.test(en), `a period at the end of "${en}"`);
  }
}

for (const name of channels.names()) {
  const channel = channels.get(name)!;
  const own = channel.words?.zh;

  Deno.test(`${name}: its name and its choices are there in Chinese`, () => {
    ok(HAN.test(channelTitle("zh", channel)) || NAMES.has(channel.title), channel.title);
    ok(!HAN.test(channel.title), "the English name");
    const bare = [...new Set(choicesIn(inputSchema(channel.config)))].filter((value) =>
      !SAME_CHOICES.has(value) && choiceIn("zh", value) === value && !Object.hasOwn(own ?? {}, value)
    );
    equal(bare, []);
  });

  Deno.test(`${name}: its complaints, and the help of its callback, are there in Chinese`, () => {
    const { callback, config } = channel;
    const complaints = complaintsIn(config).filter((text) => !HAN.test(inWordsOf("zh", text, own)));
    equal(complaints, []);
    if (callback) ok(exactTranslation("zh", callback.help, own), callback.help);
  });

  Deno.test(`${name}: each of its remedies is there in both languages`, () => {
    for (const remedy of channel.remedies ?? []) languagesOf(remedy);
  });
}

Deno.test("so is every general remedy", () => {
  const all = [...RELAY_REMEDIES, ...NETWORK_REMEDIES, ...HTTP_REMEDIES];
  ok(all.length > 30);
  for (const remedy of all) languagesOf(remedy);
});

/** Words of the vendors that operators meet, and a part of the cause. The words are those of their servers and pages. */
const MET: readonly [channel: string, because: string, cause: RegExp][] = [
  ["slack", "ratelimited", /Slack limits the rate/],
  ["slack", "service_unavailable", /fails or is busy/],
  ["slack", "too_many_attachments", /does not accept/],
  ["slack", "missing_scope: needs chat:write", /lacks a scope/],
  ["slack_webhook", "HTTP 404: no_service", /webhook's address/],
  ["telegram", "400 Bad Request: need administrator rights in the channel chat", /may not write/],
  ["telegram", "403 Forbidden: bot was blocked by the user", /blocked/],
  ["telegram", "502 Bad Gateway", /fails or is busy/],
  ["telegram", "401 Unauthorized", /token/],
  ["discord", "10015 Unknown Webhook", /webhook was deleted/],
  ["teams", "HTTP 400: WorkflowTriggerIsNotEnabled The workflow is disabled", /switched off/],
  ["teams", 'HTTP 401: {"error":{"code":"DirectApiAuthorizationRequired"}}', /deleted, or its address/],
  ["pagerduty", 'HTTP 400: invalid event: "Invalid routing key"', /integration key/],
  ["pagerduty", "HTTP 429", /rate limit/],
  ["email", "535 5.7.139 Authentication unsuccessful, basic authentication is disabled", /Microsoft 365/],
  [
    "email",
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    /sender is not accepted/,
  ],
  ["email", "550 5.7.26 This mail is unauthenticated", /refuses us/],
  ["email", "557 Message too large", /larger/],
  ["email", "454 4.7.0 Throttling failure: Maximum sending rate exceeded", /limits the rate/],
  ["email", "no answer: unable to get local issuer certificate", /does not trust/],
  ["aliyun_sms", "isv.DENY_IP_RANGE", /outside mainland China/],
  ["aliyun_voice", "isv.BUSINESS_LIMIT_CONTROL", /too many/],
  ["tencent_sms", "FailedOperation.InsufficientBalanceInSmsPackage", /used up/],
  ["tencent_sms", "LimitExceeded.AppDailyLimit", /limit/],
  ["tencent_voice", "AuthFailure.SignatureExpire", /clock/],
  ["twilio_sms", "21408 Permission to send an SMS has not been enabled", /country/],
  ["dingtalk_card", "Forbidden.AccessDenied.AccessTokenPermissionDenied", /lacks a permission/],
  ["dingtalk_card", "Forbidden.AccessDenied.IpNotInWhiteList", /not on the app's list/],
  ["dingtalk_card", "Forbidden.AccessDenied.QpsLimitForApi", /how often/],
  ["dingtalk_robot", "90002 global throttle", /how often/],
  ["wecom_app", "60020 not allow to access from your ip", /not trusted/],
  ["feishu_app", "99991672 Access denied", /permission/],
  ["feishu_robot", "19024 Key Words Not Found", /keyword/],
];

for (const [name, because, cause] of MET) {
  Deno.test(`${name}: "${because}" is explained`, () => {
    const advice = adviceOf(channels.get(name), because);
    ok(advice && cause.test(advice.cause.en), advice?.cause.en ?? "it is not");
  });
}

/** Words of Deno's and Node's connections, as they were seen, and of answers by their status. */
const GENERAL: readonly [because: string, cause: RegExp][] = [
  ["dns error: failed to lookup address information: Name or service not known", /cannot be resolved/],
  ["getaddrinfo ENOTFOUND mail.example.com", /cannot be resolved/],
  ["tcp connect error: Connection refused (os error 111)", /Nothing listens/],
  ["tcp connect error: No route to host (os error 113)", /no route to the host/],
  ["tcp connect error: Network is unreachable (os error 101)", /no route to the host/],
  ["received corrupt message of type InvalidContentType", /does not speak TLS/],
  ["invalid peer certificate: UnknownIssuer", /does not trust/],
  ["invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", /does not trust/],
  ['invalid peer certificate: certificate not valid for name "localhost"', /another host name/],
  ["invalid peer certificate: certificate expired: verification time 1764525600", /expired/],
  ["received fatal alert: CertificateRequired", /client certificate/],
  ["proxy authentication required", /proxy requires a login/],
  ["unsuccessful tunnel", /proxy cannot be reached/],
  ["Proxy server unreachable", /proxy cannot be reached/],
  ["Fetch failed: Requests to port 6667 are blocked", /port is reserved/],
  ["no answer within 10 s", /did not answer in time/],
  ["connection closed before message completed", /connection was interrupted/],
  ["HTTP 401: unauthorized", /credentials/],
  ["HTTP 402", /balance/],
  ["HTTP 403: forbidden", /Access is denied/],
  ["HTTP 404", /address does not exist/],
  ["HTTP 405", /does not accept this kind/],
  ["HTTP 407", /proxy requires/],
  ["HTTP 413", /larger/],
  ["HTTP 429: slow down", /rate limit/],
  ["HTTP 500", /failed or is busy/],
  ["HTTP 502: bad gateway", /gateway/],
  ["HTTP 200 without the vendor's answer: <html>", /not the provider's/],
  ["no member of the group has an address, and `to` is empty", /Nobody in the group/],
  ["the channel may not send to evil.example.com: name the host", /neither/],
];

for (const [because, cause] of GENERAL) {
  Deno.test(`from any vendor: "${because}" is explained`, () => {
    const advice = adviceOf(undefined, because.startsWith("HTTP") ? because : `no answer: ${because}`);
    ok(advice && cause.test(advice.cause.en), advice?.cause.en ?? "it is not");
  });
}
