import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { gzip } from "../../../routes/http/gzip.ts";
import { alarmV2 } from "../../kit/alarm_v2.ts";
import { SECRETS, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";

async function compressed(text: string, format: CompressionFormat = "gzip"): Promise<BodyInit> {
  if (format === "gzip") return await gzip(text);
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream(format));
  return await new Response(stream).bytes();
}

async function logged(house: TestRelay): Promise<number> {
  return (await house.relay.store.log.newest(10)).length;
}

const ALERTMANAGER = JSON.stringify(webhook({ annotations: { summary: "磁盘已满" } }));
const ALARM = alarmV2({ id: "default", level: "default", dep: "default" }, { secret: SECRETS.intakeToken });
const OCP_PUSH = '{"alarmType":"ob_down","target":"host=a"}';
const OCP_LOGIN = `Basic ${btoa("ocp:test-token")}`;

const DOORS: [path: string, body: string, authorization?: string][] = [
  ["/webhook", ALERTMANAGER],
  ["/", ALERTMANAGER],
  ["/api/v2/alerts", '[{"labels":{"alertname":"磁盘已满"}}]'],
  ["/dingtalk/ops/send", ALERTMANAGER],
  ["/prometheusalert?type=dd", ALERTMANAGER],
  ["/robot/send?access_token=test-token", '{"msgtype":"text","text":{"content":"磁盘已满"}}'],
  ["/ocp/dba/default", '{"alarm_name":"磁盘已满","alarm_target":"host=a"}'],
  ["/api/v2/alarm/alarms", OCP_PUSH, OCP_LOGIN],
  ["/alarm_v2", JSON.stringify(ALARM)],
];

for (const [path, body, authorization] of DOORS) {
  Deno.test(`a body that is compressed with gzip is taken at ${path}, and a broken one is refused in words`, async () => {
    await using house = await testRelay();
    const init = {
      method: "POST",
      headers: {
        "content-encoding": "gzip",
        "content-type": "application/json",
        ...authorization === undefined ? {} : { authorization },
      },
    };
    const broken = await house.request(path, { ...init, body: (await gzip(body)).subarray(0, 30) });
    match(await broken.text(), /not valid gzip: compress it again/);
    const plain = await house.request(path, { ...init, body });
    match(await plain.text(), /not valid gzip/);
    equal(await logged(house), 0);
    const taken = await house.request(path, { ...init, body: await compressed(body) });
    equal(taken.status, 200, await taken.text());
    equal(await logged(house), 1);
    equal(house.reports, []);
  });
}

const ENCODINGS: [encoding: string, format: CompressionFormat | undefined, status: number][] = [
  ["GZIP", "gzip", 200],
  ["x-gzip", "gzip", 200],
  ["deflate", "deflate", 200],
  ["identity", undefined, 200],
  ["br", undefined, 415],
  ["zstd", undefined, 415],
  ["gzip, gzip", "gzip", 415],
];

for (const [encoding, format, status] of ENCODINGS) {
  Deno.test(`a body whose content-encoding is ${encoding} is answered ${status}`, async () => {
    await using house = await testRelay();
    const body = format === undefined ? ALERTMANAGER : await compressed(ALERTMANAGER, format);
    const headers = { "content-encoding": encoding };
    const response = await house.request("/webhook", { method: "POST", headers, body });
    const text = await response.text();
    equal(response.status, status, text);
    if (status === 415) match(text, /send it plain, or as gzip/);
  });
}

Deno.test("a small body that decompresses to 400 MB is refused before it fills the memory", async () => {
  await using house = await testRelay();
  const zeros = new Uint8Array(2 ** 20);
  let left = 400;
  const stream = new ReadableStream<BufferSource>({
    pull(controller): void {
      if (left-- === 0) controller.close();
      else controller.enqueue(zeros);
    },
  });
  const bomb = await new Response(stream.pipeThrough(new CompressionStream("gzip"))).bytes();
  ok(bomb.length < 500_000);
  for (const path of ["/webhook", "/ocp/dba/default", "/robot/send?access_token=test-token"]) {
    const headers = { "content-encoding": "gzip" };
    const before = Deno.memoryUsage().external;
    const response = await house.request(path, { method: "POST", headers, body: bomb });
    match(await response.text(), /too large: at most/, path);
    const grown = Deno.memoryUsage().external - before;
    ok(grown < 150 * 2 ** 20, `${path}: ${grown} bytes more`);
  }
});

const TOKENS: [token: string, query: string, status: number][] = [
  ["a+b/c=d-long", "a+b/c=d-long", 200],
  ["a+b/c=d-long", "a%2Bb%2Fc%3Dd-long", 200],
  ["two words", "two%20words", 200],
  ["two words", "two+words", 200],
  ["a+b-is-long", "a%20b-is-long", 200],
  ["a+b-is-long", "ab-is-long", 401],
  ["a b is long", "a%2Bb%2Bis%2Blong", 401],
];

for (const [token, query, status] of TOKENS) {
  Deno.test(`with the token "${token}", ?token=${query} is answered ${status} at every door`, async () => {
    await using house = await testRelay({ env: { FENGHUO_INTAKE_TOKEN: token } });
    const headers = { authorization: "" };
    for (const path of ["/webhook", "/dingtalk/ops/send", "/prometheusalert", "/ocp/dba/default"]) {
      const response = await house.request(`${path}?type=dd&token=${query}`, {
        method: "POST",
        headers,
        body: ALERTMANAGER,
      });
      await response.body?.cancel();
      equal(response.status, status, path);
    }
    const robot = await house.request(`/robot/send?access_token=${query}`, {
      method: "POST",
      body: '{"msgtype":"text","text":{"content":"x"}}',
    });
    equal((await robot.json()).errcode, status === 200 ? 0 : 300005);
  });
}

Deno.test("JSON of millions of empty lists is refused before it is parsed, in each caller's own format", async () => {
  await using house = await testRelay();
  const body = `{"status":"firing","alerts":[{"labels":{"a":"["}}],"x":[${"[],".repeat(300_000)}1]}`;
  const answers: [path: string, status: number, words: RegExp][] = [
    ["/webhook", 413, /too many lists and objects: at most 250000/],
    ["/dingtalk/a/send", 413, /^The body has too many lists/],
    ["/alarm_v2", 200, /"code": ?1002.*too many lists/],
    ["/robot/send?access_token=test-token", 200, /40035.*too many lists/],
  ];
  for (const [path, status, words] of answers) {
    const response = await house.request(path, { method: "POST", body });
    equal(response.status, status, path);
    match(await response.text(), words);
  }
  const strings = `{"status":"firing","alerts":[{"labels":{"a":"${"[{".repeat(300_000)}"}}]}`;
  equal((await house.request("/webhook", { method: "POST", body: strings })).status, 200);
});
