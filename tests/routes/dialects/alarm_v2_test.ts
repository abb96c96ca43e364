import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { alarmV2String, signAlarmV2 } from "../../../relay/domain/signature.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { ALARM_V2_YAML, alarmV2, DEPARTMENT_SECRET } from "../../kit/alarm_v2.ts";
import { TestClock } from "../../kit/clock.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const INBOX = `${ALARM_V2_YAML}      - { channel: inbox, config: {} }\n`;

async function call(house: TestRelay, body: unknown, init: RequestInit = {}): Promise<string> {
  const response = await house.request("/alarm_v2", {
    method: "POST",
    headers: { authorization: "" },
    body: typeof body === "string" || body instanceof Uint8Array ? body as BodyInit : JSON.stringify(body),
    ...init,
  });
  equal(response.status, 200);
  const text = await response.text();
  match(text, /^[\x20-\x7e]*$/, "the answer is ASCII");
  return text;
}

const codeOf = (text: string): number => JSON.parse(text).code;
const messageOf = (text: string): string => JSON.parse(text).message;

Deno.test("the success answer is the bytes of the document, and inside the window it is 1010", async () => {
  await using house = await testRelay({ yaml: INBOX });
  equal(await call(house, alarmV2()), '{"code": 0}');
  equal(codeOf(await call(house, alarmV2({ alert_time: "2018-01-1 01:02:02" }))), 1010);
  equal(
    codeOf(await call(house, alarmV2({ alert_host: "du-ftp-qd-2" }))),
    0,
    "another parameter is another alert",
  );
  await house.advance(5 * 60_000);
  equal(await call(house, alarmV2()), '{"code": 0}');
});

Deno.test("the signature of the document's example is what its Python computes", () => {
  const parameters = { level: "3", id: "chenmin", sign: "ignored", alert_business: "陈敏" };
  equal(alarmV2String(parameters), "陈敏chenmin3");
  equal(signAlarmV2(parameters, DEPARTMENT_SECRET), "a972da0aa9dd86e92fb5068b7059f533");
});

Deno.test("the message has the document's lines, in the ASCII order of the parameters", async () => {
  await using house = await testRelay({ yaml: INBOX });
  await call(
    house,
    alarmV2({ alert_ip: "10.27.23.65", notes: "备注", status: "ok", others: "x", alert_host: "h" }),
  );
  const [message] = await house.relay.store.caches.newest("inbox", 1) as { title: string; body: string }[];
  equal(message!.body.split("\n"), [
    "部门:云端",
    "环境:生产环境",
    "告警业务:陈敏测试alert_business",
    "告警功能:陈敏测试alert_function",
    "告警主机:h",
    "告警 IP:10.27.23.65",
    "告警等级:高",
    "告警时间:2018-01-1 01:01:01",
    "异常说明:陈敏测试之异常说明",
    "备注:备注",
    "其他:x",
    "状态:ok",
  ]);
  match(message!.title, /陈敏测试alert_business/);
});

for (const [env, name] of [["prod", "生产环境"], ["pre", "预发布环境"], ["dev", "测试环境"]]) {
  Deno.test(`env ${env} is shown as ${name}`, async () => {
    await using house = await testRelay({ yaml: INBOX });
    await call(house, alarmV2({ env }));
    const [message] = await house.relay.store.caches.newest("inbox", 1) as { body: string }[];
    ok(message!.body.includes(`环境:${name}`));
  });
}

/** Every code of the way in, with its cause; the earlier cause wins. */
const CODES: [string, number, unknown, RegExp?][] = [
  ["no JSON", 1002, "{", /not JSON/],
  ["an empty body", 1002, "", /empty/],
  ["no UTF-8", 1002, new Uint8Array([0x22, 0xff, 0x22]), /UTF-8/],
  ["a body over the limit", 1002, " ".repeat(9_000_000), /too large/],
  ["deep nesting", 1000, "[".repeat(50_000) + "]".repeat(50_000), /not an object/],
  ["an array", 1000, "[]"],
  ["null", 1000, "null"],
  ["a string", 1000, '"x"'],
  ...["id", "level", "dep", "env", "sign", "alert_level", "alert_time", "alert_business"].map((
    name,
  ): [string, number, unknown, RegExp] => [
    `no ${name}`,
    1001,
    alarmV2({ [name]: undefined }, { sign: name !== "sign" }),
    new RegExp(`missing: .*${name}`),
  ]),
  ["an unknown parameter", 1001, alarmV2({ alert_color: "red" }), /unknown: alert_color/],
  [
    "a __proto__ parameter",
    1001,
    `${JSON.stringify(alarmV2()).slice(0, -1)},"__proto__":"x"}`,
    /unknown: __proto__/,
  ],
  ["an unknown parameter that is no string", 1001, alarmV2({ alert_color: 1 }), /unknown/],
  ["a number", 2009, alarmV2({ level: 3 }), /not a string: level/],
  ["a null", 2009, alarmV2({ notes: null }), /not a string: notes/],
  ["a sign that is no string", 2009, alarmV2({ sign: 1 }), /not a string: sign/],
  ["an alert_level of its own", 1001, alarmV2({ alert_level: "超高" }), /alert_level/],
  ["an unknown department", 2002, alarmV2({ dep: "du-fe" }), /dep/],
  ["a department named constructor", 2002, alarmV2({ dep: "constructor" })],
  ["an unknown department and environment", 2002, alarmV2({ dep: "du-fe", env: "x" })],
  ["an unknown environment", 2003, alarmV2({ env: "production" }), /prod, pre, dev/],
  ["an environment named constructor", 2003, alarmV2({ env: "constructor" })],
  ["a wrong signature", 2000, alarmV2({ sign: "0".repeat(32) })],
  ["an empty signature", 2000, alarmV2({ sign: "" })],
  ["another department's secret", 2000, alarmV2({ dep: "du-op" })],
  ["a signature without the secret", 2000, alarmV2({}, { secret: "" })],
  ["an unknown id", 3001, alarmV2({ id: "nobody" })],
  ["an unknown level", 3001, alarmV2({ level: "4" })],
  ["an unknown id and a wrong signature", 2000, alarmV2({ id: "nobody", sign: "x" })],
];

for (const [cause, code, body, words] of CODES) {
  Deno.test(`${cause} is answered ${code}, with the reason, and nothing is stored`, async () => {
    await using house = await testRelay({ yaml: INBOX });
    const text = await call(house, body);
    equal(codeOf(text), code, text);
    ok(messageOf(text).length > 0);
    if (words) match(messageOf(text), words);
    ok(!text.includes(DEPARTMENT_SECRET) && !text.includes(SECRETS.key));
    equal(await house.relay.store.log.newest(1), []);
  });
}

Deno.test("anything but a POST is answered 1004, also with a trailing slash", async () => {
  await using house = await testRelay({ yaml: INBOX });
  for (const method of ["GET", "PUT", "DELETE"]) {
    for (const path of ["/alarm_v2", "/alarm_v2/"]) {
      const response = await house.request(path, { method, ...method === "PUT" ? { body: "{" } : {} });
      equal([response.status, (await response.json()).code], [200, 1004]);
    }
  }
});

Deno.test("the content type and a trailing slash do not matter, nor does the case of the signature", async () => {
  await using house = await testRelay({ yaml: INBOX });
  for (
    const [index, type] of ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
      .entries()
  ) {
    const body = alarmV2({ alert_host: `${index}` });
    body.sign = index % 2 ? String(body.sign).toUpperCase() : body.sign;
    const response = await house.request(index % 2 ? "/alarm_v2/" : "/alarm_v2", {
      method: "POST",
      headers: { authorization: "", ...type ? { "content-type": type } : {} },
      body: new TextEncoder().encode(JSON.stringify(body)),
    });
    equal(await response.text(), '{"code": 0}');
  }
});

Deno.test("a department that rotates its secret has two valid ones", async () => {
  await using house = await testRelay({ yaml: INBOX });
  for (const secret of ["old-secret", "new-secret"]) {
    equal(codeOf(await call(house, alarmV2({ dep: "du-op", notes: secret }, { secret }))), 0);
  }
  equal(codeOf(await call(house, alarmV2({ dep: "du-op" }, { secret: "older-secret" }))), 2000);
});

Deno.test("60 identical signed calls at once give one 0 and 59 times 1010", async () => {
  await using house = await testRelay({ yaml: INBOX });
  const codes = (await Promise.all(Array.from({ length: 60 }, () => call(house, alarmV2())))).map(codeOf);
  equal(codes.toSorted((a, b) => a - b), [0, ...Array(59).fill(1010)]);
});

Deno.test("a store that is unavailable is answered 3000", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  {
    await using house = await testRelay({ kv: faulty.kv, yaml: INBOX });
    faulty.onCommit = () => {
      throw new TypeError("database is locked");
    };
    const text = await call(house, alarmV2());
    equal([codeOf(text), messageOf(text)], [
      3000,
      "Cannot store the alerts: the database failed; see the relay's log",
    ]);
  }
  kv.close();
});

Deno.test("a group without destinations is answered 3001: nobody would be notified", async () => {
  await using house = await testRelay({ yaml: ALARM_V2_YAML.replace("    destinations:\n", "") });
  match(messageOf(await call(house, alarmV2())), /no destinations/);
});

Deno.test("one destination that hangs delays no other, and is named as pending at the deadline", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using sink = await startSink();
  sink.answer({ delayMs: 400 });
  await using house = await testRelay({
    clock,
    yaml: `${ALARM_V2_YAML}
      - { channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }
      - { channel: webhook, config: { url: "${sink.url}" } }`,
  });
  const answer = call(house, alarmV2());
  await dingtalk.arrived(1);
  await sink.arrived(1);
  equal(dingtalk.robot("T").messages.length, 1, "it has the message at once");
  // The answers of vendors need real time; the deadline is the clock's.
  while (house.clock.next === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  clock.advance(5_000);
  const text = await answer;
  equal(codeOf(text), 0);
  ok(JSON.parse(text).pending.includes("webhook"));
  await house.settle();
  equal(sink.bodies.length, 1, "and it arrives by itself");
});

Deno.test("what a vendor refuses or fails answers the lowest code, with the channel and its words", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T+/=&" }], now: () => clock.now() });
  await using sink = await startSink();
  await using house = await testRelay({
    clock,
    yaml: `${ALARM_V2_YAML}
      - { channel: dingtalk_robot, config: { token: "T+/=&", base: "${dingtalk.url}" } }
      - { channel: webhook, config: { url: "${sink.url}" } }
      - { channel: inbox, config: {} }`,
  });
  dingtalk.fault("removed");
  sink.answer({ status: 500, body: "oops" });
  const text = await call(house, alarmV2());
  equal(codeOf(text), 4002);
  match(messageOf(text), /^dingtalk_robot: 300005 .*; webhook: HTTP 500: oops$/);
  ok(!text.includes("T+/=&"));
  equal((await house.relay.store.caches.newest("inbox", 1)).length, 1, "the third one has it");
  // Requests in progress, the message about the robot too, still get the 500.
  await house.settle();
  sink.answer({ status: 200 });
  await house.advance(5_000);
  await house.relay.tidy();
  await house.advance(60_000);
  const told = sink.bodies.map((body) => JSON.stringify(body));
  equal(told.length, 2);
  ok(
    told.some((text) => text.includes("钉钉机器人 无法接收消息")),
    `the group hears of the robot: ${told}`,
  );
  ok(told.some((text) => !text.includes("无法接收")), "what can be retried is retried");
});

Deno.test("a throttled destination is pending, and no failure", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml:
      `${ALARM_V2_YAML}      - { channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }`,
  });
  dingtalk.fault("throttle");
  equal(await call(house, alarmV2()), '{"code": 0, "pending": ["dingtalk_robot"]}');
});

Deno.test("what a vendor takes only in plain is delivered, and a first that died ends its window", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml:
      `${ALARM_V2_YAML}      - { channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }`,
  });
  dingtalk.fault("errcode", { errcode: 430104 });
  equal(await call(house, alarmV2()), '{"code": 0}');
  dingtalk.fault("errcode", { errcode: 430104, times: 2 });
  equal(codeOf(await call(house, alarmV2({ notes: "x" }))), 4002);
  await house.settle();
  equal(await call(house, alarmV2({ notes: "x" })), '{"code": 0}');
});

Deno.test("what another instance delivered is known to the one that was asked", async () => {
  const kv = await Deno.openKv(":memory:");
  {
    await using asked = await testRelay({ kv, exclusive: false, yaml: INBOX });
    await using other = await testRelay({ kv, exclusive: false, yaml: INBOX });
    // The one that is asked delivers nothing itself.
    await asked.relay.courier.stop({ grace: 0 });
    const answer = call(asked, alarmV2());
    while ((await other.relay.store.outbox.lanes()).length === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await other.relay.courier.sweep();
    await other.settle();
    while (asked.clock.next === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    asked.clock.advance(5_000);
    equal(await answer, '{"code": 0}');
  }
  kv.close();
});
