/** Text messages and calls of Aliyun and Tencent Cloud. */
import { deepEqual, equal, match, notEqual, ok, throws } from "node:assert/strict";
import aliyunSms from "../../channels/aliyun_sms.ts";
import aliyunVoice from "../../channels/aliyun_voice.ts";
import { CODES as ALIYUN } from "../../channels/_aliyun/answer.ts";
import { phoneNumber } from "../../channels/_sms/number.ts";
import { pattern, valuesOf } from "../../channels/_sms/variables.ts";
import { CODES as TENCENT } from "../../channels/_tencent/answer.ts";
import tencentSms from "../../channels/tencent_sms.ts";
import tencentVoice from "../../channels/tencent_voice.ts";
import type { Channel, Message } from "../../relay/channel.ts";
import { adviceOf } from "../../relay/channel/advice.ts";
import { testRelay } from "../kit/relay.ts";
import { testFixtures } from "./_fixtures.ts";
import { alert, HOSTILE, message, NOW } from "./_message.ts";
import { answer, requestOf } from "./_send.ts";

const ALL: readonly Channel[] = [aliyunSms, aliyunVoice, tencentSms, tencentVoice];
for (const channel of ALL) testFixtures(channel);

const LI = { id: "li.lei", mobile: "13800000000" };
const ALI_KEY = { accessKeyId: "id", accessKeySecret: "secret" };
const TC_KEY = { secretId: "id", secretKey: "secret" };

Deno.test("aliyun_sms: a template with its variables, to one number, signed", async () => {
  const { url, headers, body } = await requestOf(aliyunSms, {
    ...ALI_KEY,
    signName: "烽火",
    templateCode: "SMS_1",
    variables: { name: '{severity} "{name}"', when: "{began}" },
  }, message({ recipients: [LI] }));
  const { origin, pathname, searchParams } = new URL(url);
  equal(origin + pathname, "https://dysmsapi.aliyuncs.com/");
  deepEqual(Object.fromEntries(searchParams), {
    PhoneNumbers: "13800000000",
    SignName: "烽火",
    TemplateCode: "SMS_1",
    TemplateParam: '{"name":"严重 \\"DiskFull\\"","when":"2026-03-01 15:59:00"}',
  });
  equal(headers?.["x-acs-action"], "SendSms");
  equal(headers?.["x-acs-version"], "2017-05-25");
  match(headers?.authorization ?? "", /^ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-action;/);
  equal(body, undefined);
});

Deno.test("aliyun_voice: a call that says it twice, from a number where one is set", async () => {
  const { url, headers } = await requestOf(aliyunVoice, {
    ...ALI_KEY,
    ttsCode: "TTS_1",
    variables: { name: "{name}" },
    showNumber: "05710000",
  }, message({ recipients: [LI] }));
  deepEqual(Object.fromEntries(new URL(url).searchParams), {
    CalledNumber: "13800000000",
    CalledShowNumber: "05710000",
    PlayTimes: "2",
    TtsCode: "TTS_1",
    TtsParam: '{"name":"DiskFull"}',
  });
  equal(headers?.["x-acs-action"], "SingleCallByTts");
});

Deno.test("tencent_sms, tencent_voice: variables in their order, the number as E.164", async () => {
  const own = message({ recipients: [LI], id: "m-1" });
  const variables = ["{severity} {name}", "{group}"];
  const sms = await requestOf(tencentSms, {
    ...TC_KEY,
    sdkAppId: "1400",
    signName: "烽火",
    templateId: "7",
    variables,
  }, own);
  equal(sms.url, "https://sms.tencentcloudapi.com/");
  equal(sms.headers?.["x-tc-action"], "SendSms");
  deepEqual(JSON.parse(sms.body as string), {
    PhoneNumberSet: ["+8613800000000"],
    SmsSdkAppId: "1400",
    SignName: "烽火",
    TemplateId: "7",
    TemplateParamSet: ["严重 DiskFull", "ops/default"],
    SessionContext: "m-1",
  });
  const call = await requestOf(
    tencentVoice,
    { ...TC_KEY, sdkAppId: "1401", templateId: "8", variables },
    own,
  );
  equal(call.url, "https://vms.tencentcloudapi.com/");
  deepEqual([call.headers?.["x-tc-action"], call.headers?.["x-tc-version"]], ["SendTtsVoice", "2020-09-02"]);
  deepEqual(JSON.parse(call.body as string), {
    TemplateId: "8",
    CalledNumber: "+8613800000000",
    VoiceSdkAppid: "1401",
    TemplateParamSet: ["严重 DiskFull", "ops/default"],
    PlayTimes: 2,
    SessionContext: "m-1",
  });
});

Deno.test("a retry is a call of its own: Aliyun refuses the same nonce", async () => {
  const config = { ...ALI_KEY, signName: "s", templateCode: "SMS_1" };
  const nonces = await Promise.all(
    [NOW, NOW + 1].map(async (now) =>
      (await requestOf(aliyunSms, config, message({ recipients: [LI] }), { now })).headers
        ?.["x-acs-signature-nonce"]
    ),
  );
  notEqual(nonces[0], nonces[1]);
});

const SAMPLES: Record<string, object> = Object.fromEntries(
  ALL.map(({ name, sample }) => [name, sample as object]),
);

async function declined(channel: Channel, own: Partial<Message>, input: object = {}): Promise<string> {
  const config = channel.config.parse({ ...SAMPLES[channel.name], ...input });
  const request = await channel.request!(config, message(own), { now: NOW, id: "m" });
  return "kind" in request ? `${request.kind} ${"what" in request ? request.what : ""}`.trim() : "sent";
}

Deno.test("a call is for what fires, a text message also for its end, unless it is configured otherwise", async () => {
  const over = { recipients: [LI], status: "resolved" } as const;
  for (const channel of [aliyunVoice, tencentVoice]) {
    equal(await declined(channel, over), "skipped");
    equal(await declined(channel, over, { resolved: true }), "sent");
  }
  for (const channel of [aliyunSms, tencentSms]) {
    equal(await declined(channel, over), "sent");
    equal(await declined(channel, over, { resolved: false }), "skipped");
  }
});

Deno.test("a member without a number, or with a wrong one, is refused alone", async () => {
  for (const channel of ALL) {
    for (const mobile of ["", "12", "13800000000000000", "not a number"]) {
      equal(
        await declined(channel, { recipients: [{ id: "x", mobile }] }),
        "refused recipient",
        channel.name,
      );
    }
  }
  const abroad = { recipients: [{ id: "x", mobile: "+85260000000" }] };
  equal(await declined(tencentSms, abroad), "sent");
  for (const channel of [tencentVoice, aliyunVoice]) {
    equal(await declined(channel, abroad), "refused recipient", channel.name);
  }
});

Deno.test("a limit of one number holds up nobody else; a call waits a minute at least", () => {
  const limit = (level: string): string =>
    `{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发${level}级流控Permits:1"}`;
  for (const [level, waitMs] of [["分钟", 60_000], ["小时", 3_600_000], ["天", 8 * 3_600_000]] as const) {
    const verdict = aliyunSms.verdict!(answer(limit(level)), { now: NOW });
    ok(verdict?.kind === "retry" && verdict.alone, level);
    equal(verdict.waitMs, waitMs, level);
  }
  for (
    const [channel, text] of [
      [aliyunVoice, '{"Code":"isp.SYSTEM_ERROR"}'],
      [tencentVoice, '{"Response":{"Error":{"Code":"LimitExceeded.DeliveryFrequencyLimit","Message":"x"}}}'],
    ] as const
  ) {
    const verdict = channel.verdict!(answer(text), { now: NOW });
    equal(verdict?.kind === "retry" && verdict.waitMs, 60_000);
  }
});

Deno.test("a code that is not known is read by its class; what is no answer is retried", () => {
  const verdictOn = (code: string): string => {
    const text = JSON.stringify({ Response: { Error: { Code: code, Message: "x" } } });
    const verdict = tencentSms.verdict!(answer(text), { now: NOW })!;
    return `${verdict.kind} ${"what" in verdict ? verdict.what : ""}`.trim();
  };
  equal(verdictOn("AuthFailure.Something"), "refused config");
  equal(verdictOn("InternalError.Something"), "retry");
  equal(verdictOn("UnsupportedOperation.UnsupportedRegion"), "refused config");
  equal(verdictOn("Unheard.Of"), "refused payload");
  for (const channel of ALL) equal(channel.verdict!(answer("{}"), { now: NOW })?.kind, "retry");
});

/** Codes of Tencent's own client libraries, which its class would read otherwise. */
const TENCENT_VERDICTS: [code: string, verdict: string][] = [
  ["InternalError.SigVerificationFail", "refused config"],
  ["InternalError.RestApiInterfaceNotExist", "refused config"],
  ["FailedOperation.TemplateUnapprovedOrNotExist", "refused config"],
  ["FailedOperation.TemplateParamSetNotMatchApprovedTemplate", "refused config"],
  ["FailedOperation.MarketingSendTimeConstraint", "refused config"],
  ["UnsupportedOperation.GlobalTemplateToChineseMainlandPhone", "refused recipient"],
  ["LimitExceeded.AppCountryOrRegionInBlacklist", "refused recipient"],
  ["LimitExceeded.AppMainlandChinaDailyLimit", "throttled"],
];

Deno.test("tencent_sms: what a retry cannot mend is refused, and for whom it concerns", () => {
  for (const [code, expected] of TENCENT_VERDICTS) {
    const text = JSON.stringify({ Response: { SendStatusSet: [{ Code: code, Message: "x" }] } });
    const verdict = tencentSms.verdict!(answer(text), { now: NOW })!;
    equal(`${verdict.kind} ${"what" in verdict ? verdict.what : ""}`.trim(), expected, code);
  }
});

Deno.test("a signature that does not match tells nothing of what was signed", () => {
  const text = '{"Code":"SignatureDoesNotMatch","Message":"server string to sign is: secret words"}';
  equal(aliyunSms.verdict!(answer(text, { status: 400 }), { now: NOW })?.because, "SignatureDoesNotMatch");
});

const NUMBERS: [text: string, e164: string | undefined][] = [
  ["13800000000", "+8613800000000"],
  ["138 0000 0000", "+8613800000000"],
  ["+8613800000000", "+8613800000000"],
  ["0086-138-0000-0000", "+8613800000000"],
  ["8613800000000", "+8613800000000"],
  ["+85260000000", "+85260000000"],
  ["0085260000000", "+85260000000"],
  ["60000000", undefined],
  ["+0123456789", undefined],
  ["", undefined],
];

for (const [text, e164] of NUMBERS) {
  Deno.test(`the number "${text}" is ${e164 ?? "none"}`, () => equal(phoneNumber(text)?.e164, e164));
}

Deno.test("values are short, on one line, without what carriers refuse, and never empty", () => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    for (const plain of [false, true]) {
      const own = message({ title: text, name: text, plain, alerts: [alert({ title: text, text })] });
      for (const value of valuesOf(["{title}", "{text}", "a{name}"], own, { chars: 35 })) {
        ok(value !== "" && [...value].length <= 35, name);
        ok(value.isWellFormed(), name);
        ok(!/[\p{Extended_Pictographic}\p{Cc}【】]/u.test(value), `${name}: ${value}`);
      }
    }
  }
  const address = message({ title: "【x】 https://db-1.example.com:9090/a 97%", plain: true });
  deepEqual(valuesOf(["{title}"], address, { chars: 60 }), ["x https db-1 example com 9090 a 97%"]);
});

Deno.test("of several alerts the others are counted, where they cannot be named, and whatever is cut", () => {
  const alerts = [alert(), alert(), alert()];
  const name = "DiskFull 等 3 个";
  const patterns = ["{severity} {name}", "{title}", "{count}", "{name}"];
  deepEqual(valuesOf(patterns, message({ alerts, name, title: "DiskFull ×3" }), { chars: 20 }), [
    "严重 DiskFull +2",
    "DiskFull ×3",
    "3",
    "DiskFull +2",
  ]);
  const long = [alert({ title: "A".repeat(50) })];
  const digest = message({ alerts: long, digest: { alerts: 60, incidents: 2 } });
  deepEqual(valuesOf(["{name}"], digest, { chars: 20 }), [`${"A".repeat(15)}… +59`]);
});

Deno.test("of several alerts the worst one is named, beside its own severity and object", () => {
  const object = { text: "node-9", place: "", parts: [] };
  const alerts = [
    alert({ title: "Over", status: "resolved" }),
    alert({ title: "Small", severity: "warning" }),
    alert({
      title: "DiskFull",
      object: object as unknown as NonNullable<ReturnType<typeof alert>["object"]>,
    }),
  ];
  deepEqual(valuesOf(["{severity} {name}", "{object}"], message({ alerts }), { chars: 35 }), [
    "严重 DiskFull +2",
    "node-9 +2",
  ]);
});

Deno.test("what a value holds is not read again as a field", () => {
  deepEqual(
    valuesOf(["{name} {count}"], message({ alerts: [alert({ title: "{title}$&" })] }), { chars: 60 }),
    ["{title}$& 1"],
  );
});

Deno.test("a pattern with an unknown field is refused, with those that there are", () => {
  throws(() => pattern.parse("{severity} {nmae}"), /may only have the fields \{title\}, \{name\}/);
});

Deno.test("every code that is known has a cause and a cure of its own", () => {
  for (const [channel, codes] of [[aliyunSms, ALIYUN], [tencentSms, TENCENT]] as const) {
    for (const code of codes.filter((code) => code.toUpperCase() !== "OK")) {
      const advice = adviceOf(channel, `${code} xyz`);
      ok(advice, code);
      notEqual(advice.cause.en, adviceOf(undefined, `${code} xyz`)?.cause.en, code);
    }
  }
});

Deno.test("through the house: a dead number costs the others nothing, and nobody is asked twice", async () => {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { searchParams } = new URL(request.url);
    const number = searchParams.get("PhoneNumbers") ?? "";
    equal(request.headers.get("content-type"), null); // it would have to be signed
    asked.push(`${number} ${searchParams.get("TemplateParam")}`);
    const isDead = number === "13900000000";
    const isBusy = number === "13700000000" && asked.filter((one) => one.startsWith(number)).length === 1;
    const [Code, Message] = isDead
      ? ["isv.MOBILE_NUMBER_ILLEGAL", "非法手机号"]
      : isBusy
      ? ["isp.SYSTEM_ERROR", "x"]
      : ["OK", "OK"];
    return Response.json({ Code, Message, RequestId: "x" });
  });
  await using _server = { [Symbol.asyncDispose]: () => server.shutdown() };
  const config = {
    ...ALI_KEY,
    signName: "烽火",
    templateCode: "SMS_1",
    variables: { name: "{name}" },
    base: `http://127.0.0.1:${server.addr.port}`,
  };
  await using house = await testRelay({
    yaml: `
members:
  - { id: li.lei, mobile: "13800000000" }
  - { id: han.mei, mobile: "13900000000" }
  - { id: jim, mobile: "13700000000" }
  - { id: mail, email: mail@example.com }
groups:
  - owner: default
    level: default
    members: [li.lei, han.mei, jim, mail]
    destinations: [{ channel: aliyun_sms, config: ${JSON.stringify(config)} }]`,
  });
  await house.fire({ labels: { alertname: "DiskFull", severity: "critical" } });
  await house.advance(60_000);
  deepEqual(asked.sort(), [
    '13700000000 {"name":"DiskFull"}',
    '13700000000 {"name":"DiskFull"}',
    '13800000000 {"name":"DiskFull"}',
    '13900000000 {"name":"DiskFull"}',
  ]);
  const [delivery] = await house.deliveries();
  equal(delivery?.state, "delivered");
});
