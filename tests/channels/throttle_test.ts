/** The wait of a lane after each vendor's throttle. */
import assert from "node:assert/strict";
import { untilMidnight, untilNextMonth } from "../../channels/_answers/calendar.ts";
import { readLegacy, readV1 } from "../../channels/_dingtalk/enterprise_answer.ts";
import { verdictOn as mailVerdict } from "../../channels/_smtp/answer.ts";
import { readWeCom } from "../../channels/_wecom/app_answer.ts";
import dingtalk from "../../channels/dingtalk_robot.ts";
import feishu from "../../channels/feishu_robot.ts";
import wecom from "../../channels/wecom_robot.ts";
import type { ChannelResponse, Verdict } from "../../relay/channel.ts";
import { limitsOf } from "../../relay/channel/options.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { TestClock } from "../kit/clock.ts";
import { testRelay } from "../kit/relay.ts";
import { NOW } from "./_message.ts";
import { answer } from "./_send.ts";
import { HOUR, MINUTE, SECOND } from "../../relay/base/duration.ts";

/** NOW is four in the afternoon in China, on the first of March. */
const MIDNIGHT = 8 * HOUR;
const NEXT_MONTH = MIDNIGHT + 30 * 24 * HOUR;

const PAGE = "<!DOCTYPE html><html><body>punish: deny</body></html>";
const GATEWAY = '{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"u"}';

type Read = (response: ChannelResponse) => Verdict | undefined;
const failureOf = (outcome: ReturnType<typeof readLegacy>): Verdict | undefined =>
  outcome.ok ? undefined : outcome.verdict;

/** Each reads the body of an answer: the text, its form, and the wait. `undefined`: the HTTP status decides. */
const TABLES: Record<
  string,
  { read: Read; rows: [string, Parameters<typeof answer>[1], number | undefined][] }
> = {
  "a DingTalk robot": {
    read: (response) => dingtalk.verdict!(response, { now: NOW }),
    rows: [
      ['{"errcode":130101,"errmsg":"send too fast"}', {}, 10 * MINUTE],
      ['{"errcode":"410100"}', {}, 10 * MINUTE],
      ['{"errcode":302033}', {}, 10 * MINUTE],
      ['{"errcode":777777,"errmsg":"send too fast, exceed 20 times per minute"}', {}, 10 * MINUTE],
      ['{"errcode":777777,"errmsg":"触发了限流"}', {}, 10 * MINUTE],
      ['{"errcode":90002}', {}, 5 * SECOND],
      ['{"errcode":90006}', {}, MINUTE],
      ['{"errcode":88,"sub_code":"90018","sub_msg":"x"}', {}, MINUTE],
      ['{"errcode":90020,"errmsg":"您的企业本月api调用量已超过限制"}', {}, NEXT_MONTH],
      [GATEWAY, {}, 5 * MINUTE],
      [GATEWAY.replace("1111", '"1111"'), { status: 403 }, 5 * MINUTE],
      [PAGE, {}, 5 * MINUTE],
      [PAGE, { status: 403 }, 5 * MINUTE],
      [PAGE, { status: 429 }, 5 * MINUTE],
      ['{"status":1111,"punish":"deny","errcode":130101}', {}, 10 * MINUTE],
      ["slow down", { status: 429 }, undefined],
    ],
  },
  "DingTalk's legacy API": {
    read: (response) => failureOf(readLegacy(response, { now: NOW })),
    rows: [
      ['{"errcode":90002}', {}, 5 * SECOND],
      ['{"errcode":90001}', {}, MINUTE],
      ['{"errcode":45009}', {}, MINUTE],
      ['{"errcode":88,"sub_code":"90018"}', {}, MINUTE],
      ['{"errcode":88,"sub_code":"90002"}', {}, 5 * SECOND],
      ['{"errcode":90020}', {}, NEXT_MONTH],
      ['{"errcode":88,"sub_code":90020}', {}, NEXT_MONTH],
      [GATEWAY, {}, 5 * MINUTE],
      [PAGE, {}, 5 * MINUTE],
      ["", { status: 429, headers: { "retry-after": "7" } }, 7 * SECOND],
      ["", { status: 429 }, MINUTE],
    ],
  },
  "DingTalk's API of today": {
    read: (response) => failureOf(readV1(response, { now: NOW, field: "x" })),
    rows: [
      ['{"code":"Forbidden.AccessDenied.QpsLimitForApi"}', { status: 403 }, 5 * SECOND],
      ['{"code":"Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"}', { status: 403 }, 5 * SECOND],
      ['{"code":"Forbidden.AccessDenied.QpmLimitForAppkeyAndApi"}', { status: 403 }, MINUTE],
      ['{"code":"Forbidden.AccessDenied.ApiCountLimitForOrg"}', { status: 403 }, NEXT_MONTH],
      ['{"code":"system.busy"}', { status: 429 }, 5 * SECOND],
      ['{"code":"request.too.fast"}', { status: 400 }, 5 * SECOND],
      ['{"code":"send.byToken.tooFast"}', { status: 400 }, MINUTE],
      ['{"code":"too.many.people"}', { status: 400 }, MINUTE],
      [GATEWAY, {}, 5 * MINUTE],
      [PAGE, { status: 403 }, 5 * MINUTE],
      ["", { status: 429, headers: { "retry-after": "7" } }, 7 * SECOND],
    ],
  },
  "a WeCom robot": {
    read: (response) => wecom.verdict!(response, { now: NOW }),
    rows: [
      ['{"errcode":45009,"errmsg":"api freq out of limit"}', {}, MINUTE],
      ['{"errcode":45009,"errmsg":"api freq out of limit, hint: [day 1]"}', {}, MINUTE],
      ['{"errcode":45009,"errmsg":"reach max api daily quota limit"}', {}, MIDNIGHT],
      ['{"errcode":45009,"errmsg":"api hourly quota reached"}', {}, HOUR],
      ["slow down", { status: 429 }, undefined],
    ],
  },
  "WeCom's app API": {
    read: (response) => failureOf(readWeCom(response, { now: NOW })),
    rows: [
      ['{"errcode":45009,"errmsg":"api freq out of limit, hint: [1], from ip: 1.2.3.4"}', {}, MINUTE],
      ['{"errcode":45009,"errmsg":"reach max api daily quota limit"}', {}, MIDNIGHT],
      ["", { status: 429, headers: { "retry-after": "7" } }, 7 * SECOND],
    ],
  },
  "a Feishu robot": {
    read: (response) => feishu.verdict!(response, { now: NOW }),
    rows: [
      ['{"code":11232,"msg":"frequency limited"}', {}, 5 * SECOND],
      ['{"code":99991400}', { status: 429, headers: { "x-ogw-ratelimit-reset": "42" } }, 42 * SECOND],
      ['{"code":99991400}', { status: 400, headers: { "x-ogw-ratelimit-reset": "42" } }, 42 * SECOND],
      ["", { status: 429, headers: { "x-ogw-ratelimit-reset": "42" } }, 42 * SECOND],
      ['{"code":9499}', { status: 429, headers: { "x-ogw-ratelimit-reset": "42" } }, 42 * SECOND],
      ['{"code":99991403}', { status: 429 }, NEXT_MONTH],
      ["slow down", { status: 429 }, undefined],
    ],
  },
};

for (const [vendor, { read, rows }] of Object.entries(TABLES)) {
  for (const [text, options, wait] of rows) {
    const shown = wait === undefined ? "left to the HTTP status" : `a wait of ${wait / SECOND} s`;
    Deno.test(`${vendor}: ${options?.status ?? 200} ${text.slice(0, 70)} is ${shown}`, () => {
      const verdict = read(answer(text, options));
      assert.deepEqual(
        verdict && { ...verdict, because: "" },
        wait === undefined
          ? undefined
          : { kind: "throttled", because: "", waitMs: wait, ...wait > 15 * MINUTE ? { quota: true } : {} },
      );
    });
  }
}

const MAILS: [string, string, number | undefined][] = [
  ["454 4.7.0 Throttling failure: maximum sending rate exceeded", "DATA", MINUTE],
  ["454 Throttling failure: Daily message quota exceeded", "DATA", HOUR],
  ["550 5.4.5 Daily user sending limit exceeded", "DATA", HOUR],
  ["552 Mail daily quota exceed", "DATA", HOUR],
  ["552 monthly sending quota is used up", "MAIL FROM", HOUR],
  ["554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", "DATA", HOUR],
  ["550 Domain frequency limited", "DATA", MINUTE],
  ["552 5.2.2 The mailbox is over its daily limit", "RCPT TO", undefined],
  ["552 5.2.2 Mailbox quota exceeded", "RCPT TO", undefined],
  ["552 5.3.4 message size exceeds the limit", "DATA", undefined],
  ["550 5.7.1 spam", "DATA", undefined],
];

for (const [response, command, wait] of MAILS) {
  Deno.test(`mail: ${response} is ${wait === undefined ? "no throttle" : `a wait of ${wait / SECOND} s`}`, () => {
    const fault = { message: response, response, responseCode: Number(response.slice(0, 3)), command };
    const verdict = mailVerdict(fault, { port: 465 });
    assert.equal(verdict.kind === "throttled" ? verdict.waitMs : undefined, wait);
  });
}

Deno.test("a block costs what the channel declares as its penalty", () => {
  const { rates } = limitsOf(dingtalk, dingtalk.config.parse({ token: "t" }));
  assert.deepEqual(rates, [{ messages: 20, per: MINUTE, penalty: 10 * MINUTE }]);
});

Deno.test("quotas end with the day and the month in China", () => {
  const at = (text: string): number => Date.parse(text);
  const days: [string, string, string][] = [
    ["2026-03-01T16:00:00+08:00", "2026-03-02T00:00:00+08:00", "2026-04-01T00:00:00+08:00"],
    ["2026-03-01T00:00:00+08:00", "2026-03-02T00:00:00+08:00", "2026-04-01T00:00:00+08:00"],
    ["2026-02-28T23:59:59+08:00", "2026-03-01T00:00:00+08:00", "2026-03-01T00:00:00+08:00"],
    ["2026-02-28T16:30:00Z", "2026-03-02T00:00:00+08:00", "2026-04-01T00:00:00+08:00"],
    ["2026-12-31T12:00:00+08:00", "2027-01-01T00:00:00+08:00", "2027-01-01T00:00:00+08:00"],
  ];
  for (const [now, midnight, month] of days) {
    assert.equal(at(now) + untilMidnight(at(now)), at(midnight), now);
    assert.equal(at(now) + untilNextMonth(at(now)), at(month), now);
  }
});

Deno.test("through the house: a quota is a planned stop, and what waited arrives when the vendor's day begins", async () => {
  const clock = new TestClock();
  const [start, midnight] = [clock.now(), clock.now() + untilMidnight(clock.now())];
  await using server = await startWeCom({
    robots: ["k"],
    quota: { messages: 1, per: "day" },
    now: () => clock.now(),
  });
  await using house = await testRelay({
    clock,
    yaml:
      `groups: [{ owner: default, level: default, destinations: [{ channel: wecom_robot, config: { key: k, base: "${server.url}" } }] }]`,
  });
  for (const instance of ["db-1", "db-2"]) {
    await house.fire({ labels: { instance } });
  }
  assert.equal(server.requests.length, 2);
  await house.advance(midnight - start - 1);
  assert.equal(server.requests.length, 2, "nobody is asked before");
  await house.advance(1);
  const seen = server.robot("k").messages.map(({ at, text }) => [at, /db-\d/.exec(text)?.[0]]);
  assert.deepEqual(seen, [[start, "db-1"], [midnight, "db-2"]]);
});
