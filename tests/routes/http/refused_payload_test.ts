import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { RefusalCount } from "../../../relay/domain/sender_refusal.ts";
import { DAY, MINUTE } from "../../../relay/base/duration.ts";
import { ALARM_V2_YAML, alarmV2 } from "../../kit/alarm_v2.ts";
import { TestClock } from "../../kit/clock.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { SECRETS, type TestRelay, testRelay, type TestRelayOptions } from "../../kit/relay.ts";

const YAML = `${ALARM_V2_YAML}      - { channel: inbox, config: {} }
doors:
  - { name: any, title: $.title }
  - { name: signed, auth: { hmac: { header: x-signature, secret: S3CRET-hmac } }, title: $.title }
`;

const open = (options: TestRelayOptions = {}): Promise<TestRelay> => testRelay({ yaml: YAML, ...options });

async function post(
  house: TestRelay,
  path: string,
  body: BodyInit,
  headers: HeadersInit = {},
): Promise<number> {
  const response = await house.request(path, { method: "POST", body, headers });
  await response.body?.cancel();
  return response.status;
}

async function refusals(house: TestRelay): Promise<RefusalCount[]> {
  return (await api(house, "GET", "refusals")).body.refusals;
}

async function texts(house: TestRelay): Promise<string[]> {
  return (await refusals(house)).flatMap(({ payloads }) => payloads).map(({ text }) => text);
}

const encoder = new TextEncoder();
const gbk = new Uint8Array([...encoder.encode('{"x":"'), 0xb4, 0xc5, 0xc5, 0xcc, ...encoder.encode('"}')]);

const KEPT: [what: string, path: string, body: BodyInit, headers: HeadersInit, text: string | RegExp][] = [
  [
    "a webhook with a wrong field",
    "/webhook",
    '{"alerts":[{"status":"x"}]}',
    {},
    '{"alerts":[{"status":"x"}]}',
  ],
  ["a webhook that is no JSON", "/webhook", "not JSON", {}, "not JSON"],
  ["a webhook that is compressed", "/dingtalk/x", gzipSync("{}"), { "content-encoding": "gzip" }, "{}"],
  ["a payload that a mapping cannot read", "/in/any", '{"name":"N"}', {}, '{"name":"N"}'],
  ["a payload for a door that is not there", "/in/new", '{"name":"N"}', {}, '{"name":"N"}'],
  ["a payload for an address that is not there", "/nowhere", '{"name":"N"}', {}, '{"name":"N"}'],
  ["a payload in GBK", "/in/any", gbk, {}, '{"x":"磁盘"}'],
  ["a payload with control characters", "/in/any", '{"x":"\u001b[31m\u202e"}', {}, /^\{"x":"␛\[31m.*"\}$/],
  ["a wrong signature", "/in/signed", '{"title":"T"}', { "x-signature": "0" }, '{"title":"T"}'],
  ["a form", "/in/any", "a=b&c=d", { "content-type": "application/x-www-form-urlencoded" }, "a=b&c=d"],
  ["a wrong event", "/v2/enqueue", '{"routing_key":"S3CRET-key","x":1}', {}, '{"routing_key":"***","x":1}'],
  [
    "an alarm with a wrong signature",
    "/alarm_v2",
    JSON.stringify(alarmV2({ sign: "0".repeat(32) })),
    {},
    /"sign":"\*\*\*"/,
  ],
  [
    "known secrets in any spelling",
    "/in/any",
    `{"a":"${SECRETS.intakeToken}","b":"${btoa(SECRETS.adminPassword)}","c":"${
      encodeURIComponent("S3CRET-hmac")
    }"}`,
    {},
    '{"a":"***","b":"***A==","c":"***"}',
  ],
];

for (const [what, path, body, headers, expected] of KEPT) {
  Deno.test(`${what} is kept, and shown to admins without secrets`, async () => {
    await using house = await open();
    await post(house, path, body, headers);
    const [text, ...more] = await texts(house);
    equal(more, []);
    if (typeof expected === "string") equal(text, expected);
    else match(text ?? "", expected);
  });
}

Deno.test("a body that nobody has proved and no door has read is not kept, nor is that of a page", async () => {
  await using house = await open();
  equal(await post(house, "/webhook", "{}", { authorization: "Bearer wrong" }), 401);
  equal(await post(house, "/nowhere", "{}", { authorization: "Bearer wrong" }), 404);
  equal(await post(house, "/webhook", "x".repeat(17_000_000)), 413);
  equal((await refusals(house)).length, 3);
  equal(await texts(house), []);
});

Deno.test("viewers and operators see that requests were refused, and no payload", async () => {
  await using house = await open();
  await post(house, "/in/any", '{"name":"PAYLOAD"}');
  for (const role of ["viewer", "operator"] as const) {
    const { html } = await (await visitor(house, role)).get("/api/refusals");
    match(html, /"door":"in\/any"/);
    doesNotMatch(html, /PAYLOAD|payloads/);
  }
});

Deno.test("of each of the last three reasons the last payload is kept, at most one a minute", async () => {
  await using house = await open();
  for (const reason of ["a", "b", "c", "d"]) {
    for (const time of [1, 2]) await post(house, "/webhook", `{"alerts":[{"labels":{"${reason}":${time}}}]}`);
  }
  await house.advance(MINUTE);
  await post(house, "/webhook", '{"alerts":[{"labels":{"c":3}}]}');
  equal(
    await texts(house),
    ["c", "d", "b"].map((reason) => `{"alerts":[{"labels":{"${reason}":${reason === "c" ? 3 : 1}}}]}`),
  );
  equal((await refusals(house)).map(({ count }) => count), [9]);
});

Deno.test("a payload is kept for a day, also through a restart, and its count goes on", async () => {
  using kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  {
    await using before = await open({ kv, clock });
    await post(before, "/in/any", '{"name":"N"}');
    await before.advance(5 * MINUTE);
  }
  await using house = await open({ kv, clock });
  equal((await refusals(house)).map(({ count, payloads }) => [count, payloads.length]), [[1, 1]]);
  await post(house, "/in/any", '{"name":"N"}');
  const [{ count, payloads, firstAt, lastAt }, ...more] = await refusals(house) as [RefusalCount];
  equal([count, payloads.length, lastAt - firstAt, more], [2, 1, 5 * MINUTE, []]);
  await house.advance(DAY);
  equal(await texts(house), []);
});

Deno.test("on a shared store each instance shows what the others refused", async () => {
  using kv = await Deno.openKv(":memory:");
  await using one = await open({ kv, exclusive: false });
  await using two = await open({ kv, exclusive: false, clock: one.clock });
  await post(one, "/in/any", '{"name":"ONE"}');
  await post(two, "/in/any", '{"name":"TWO"}');
  await one.relay.tidy();
  await two.relay.tidy();
  for (const house of [one, two]) {
    equal((await refusals(house)).map(({ count }) => count), [2]);
    match((await texts(house)).join(), /ONE|TWO/);
  }
});

Deno.test("retention.refused: 0 keeps no payload, and forgets those of before", async () => {
  await using house = await open();
  await post(house, "/in/any", '{"name":"N"}');
  await house.relay.tidy();
  await api(house, "PUT", "config/retention", { body: { refused: "0" } });
  await post(house, "/webhook", '{"name":"N"}');
  equal(await texts(house), []);
  equal((await refusals(house)).length, 2);
  await house.relay.tidy();
  equal(await Array.fromAsync(house.kv.list({ prefix: ["refusal"] })), []);
});

Deno.test("a flood of refusals stores little, and does not drive out what known senders sent", async () => {
  await using house = await open();
  await post(house, "/in/any", '{"name":"KNOWN"}');
  const large = JSON.stringify(alarmV2({ sign: "0".repeat(32), notes: "x".repeat(100_000) }));
  for (let index = 0; index < 400; index++) {
    const init = { method: "POST", body: large, remote: `192.0.${index >> 8}.${index & 255}` };
    await (await house.request("/alarm_v2", init)).body?.cancel();
    if (index % 20 === 0) await house.advance(MINUTE);
  }
  await house.relay.tidy();
  const records = await Array.fromAsync(house.kv.list<Uint8Array>({ prefix: ["refusal"] }));
  ok(records.length <= 200, `${records.length} records`);
  ok(records.every(({ value }) => value.byteLength < 16_000));
  ok((await texts(house)).some((text) => text.includes("KNOWN")));
  for (const text of await texts(house)) ok(encoder.encode(text).byteLength <= 4_096);
});

Deno.test("a secret at the end of the kept part is not cut into a rest that nobody recognises", async () => {
  await using house = await open();
  for (let fill = 4_070; fill <= 4_100; fill++) {
    await post(
      house,
      "/in/any",
      `{"x":"${"x".repeat(fill)}${SECRETS.adminPassword}", "y":"${"y".repeat(9_000)}"}`,
    );
    doesNotMatch((await texts(house))[0]!, /test-p/);
    await house.advance(MINUTE);
  }
});
