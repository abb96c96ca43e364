import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Alert } from "../../../../relay/domain/alert.ts";
import { type TestRelay, testRelay } from "../../../kit/relay.ts";

const YAML = `
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
doors:
  - { name: events, type: cloudevents }
  - { name: mapped, type: cloudevents, title: $.data.problem, key: $.data.id }
  - { name: any, title: $.title }`;

const EVENT = {
  specversion: "1.0",
  id: "A1",
  source: "/backup",
  type: "com.example.backup.failed",
  subject: "orders",
  time: "2026-01-31T07:59:00Z",
};

const HEADERS = {
  "ce-specversion": "1.0",
  "ce-id": "A1",
  "ce-source": "/backup",
  "ce-type": "com.example.backup.failed",
  "ce-time": "2026-01-31T07:59:00Z",
};

async function send(
  there: TestRelay,
  body: unknown,
  headers: Record<string, string>,
  name = "events",
): Promise<{ status: number; text: string }> {
  const response = await there.request(`/in/${name}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers,
  });
  return { status: response.status, text: await response.text() };
}

const STRUCTURED = { "content-type": "application/cloudevents+json; charset=UTF-8" };
const BATCH = { "content-type": "application/cloudevents-batch+json" };
const JSON_DATA = { "content-type": "application/json" };
const BASE64 = btoa('{"title":"in base64"}');

const ACCEPTED: [what: string, body: unknown, headers: Record<string, string>, titles: string[]][] = [
  ["structured", { ...EVENT, data: { title: "A" } }, STRUCTURED, ["A"]],
  ["structured, without saying so", { ...EVENT, data: { title: "A" } }, JSON_DATA, ["A"]],
  ["structured, with JSON in a string", { ...EVENT, data: '{"title":"A"}' }, STRUCTURED, ["A"]],
  ["structured, in base64", { ...EVENT, data_base64: BASE64 }, STRUCTURED, ["in base64"]],
  ["structured, without data", EVENT, STRUCTURED, ["com.example.backup.failed: orders"]],
  ["binary", { title: "A" }, { ...HEADERS, ...JSON_DATA }, ["A"]],
  ["binary, of a type of its own", { title: "A" }, { ...HEADERS, "content-type": "application/x+json" }, [
    "A",
  ]],
  ["binary, as text", "hello", { ...HEADERS, "content-type": "text/plain" }, ["com.example.backup.failed"]],
  ["binary, without data", "", { ...HEADERS, "ce-subject": "orders" }, ["com.example.backup.failed: orders"]],
  [
    "binary, percent-encoded and quoted",
    "",
    { ...HEADERS, "ce-subject": '"%E7%A3%81%E7%9B%98 \\"a\\"%20b"' },
    ['com.example.backup.failed: 磁盘 "a" b'],
  ],
  [
    "batched",
    [{ ...EVENT, data: { title: "A" } }, { ...EVENT, id: "A2", data: { title: "B" } }],
    BATCH,
    ["B", "A"],
  ],
];

for (const [what, body, headers, titles] of ACCEPTED) {
  Deno.test(`an event that is ${what} becomes an alert`, async () => {
    await using there = await testRelay({ yaml: YAML });
    const { status, text } = await send(there, body, headers);
    equal([status, JSON.parse(text).accepted], [200, titles.length], text);
    const logged = (await there.relay.store.log.newest(5)).map(({ alert }) => alert as Alert);
    equal(logged.map(({ title }) => title), titles);
    equal(logged.map(({ labels }) => labels.source), titles.map(() => "/backup"));
    equal(logged[0]!.startsAt, Date.UTC(2026, 0, 31, 7, 59));
  });
}

const REFUSED: [
  what: string,
  body: unknown,
  headers: Record<string, string>,
  status: number,
  words: RegExp,
][] = [
  ["nothing", "", STRUCTURED, 400, /it is empty/],
  ["no JSON", "{", STRUCTURED, 400, /not JSON/],
  ["a number", 5, STRUCTURED, 400, /not a CloudEvent/],
  ["an object that is no event", { title: "A" }, JSON_DATA, 400, /not a CloudEvent: send Content-Type/],
  ["an event without an id", { ...EVENT, id: undefined }, STRUCTURED, 422, /^\{"error":"id: each/],
  ["an event with a numeric id", { ...EVENT, id: 5 }, STRUCTURED, 422, /id: each/],
  ["version 0.3", { ...EVENT, specversion: "0.3" }, STRUCTURED, 422, /specversion: must be/],
  ["base64 that is none", { ...EVENT, data_base64: "&&" }, STRUCTURED, 400, /data_base64: is not base64/],
  ["a batch of nothing", [], BATCH, 422, /empty list/],
  ["a batch of garbage", [1, null, "x"], BATCH, 422, /alert 0: title/],
  ["Avro", "x", { "content-type": "application/cloudevents+avro" }, 415, /application\/cloudevents\+avro/],
  ["binary without a type", "", { "ce-specversion": "1.0", "ce-id": "1" }, 422, /source, type: each/],
  ["binary with JSON that is none", "{", { ...HEADERS, ...JSON_DATA }, 400, /not JSON/],
  [
    "a header that is no UTF-8",
    "",
    { ...HEADERS, "ce-subject": "%FF" },
    400,
    /ce-subject is not percent-encoded/,
  ],
];

for (const [what, body, headers, status, words] of REFUSED) {
  Deno.test(`${what} is answered with ${status}`, async () => {
    await using there = await testRelay({ yaml: YAML });
    const answer = await send(there, body, headers);
    equal(answer.status, status, answer.text);
    match(answer.text, words);
    equal(await there.relay.store.log.newest(1), []);
    equal(there.reports, []);
  });
}

Deno.test("an event of a batch that cannot be read costs only itself", async () => {
  await using there = await testRelay({ yaml: YAML });
  const { text } = await send(there, [5, EVENT], BATCH);
  const { accepted, refused } = JSON.parse(text);
  equal([accepted, refused.map(({ alert }: { alert: number }) => alert)], [1, [0]]);
});

Deno.test("a door's own mapping replaces parts of the type's", async () => {
  await using there = await testRelay({ yaml: YAML });
  await send(
    there,
    { ...EVENT, data: { problem: "Disk is full", id: 7, level: "critical" } },
    STRUCTURED,
    "mapped",
  );
  const [logged] = await there.relay.store.log.newest(1);
  const { title, severity } = logged!.alert as Alert;
  equal([title, severity], ["Disk is full", "critical"]);
});

Deno.test("events need the intake token, because nothing in them proves their sender", async () => {
  await using there = await testRelay({ yaml: YAML });
  equal((await send(there, EVENT, { ...STRUCTURED, authorization: "none" })).status, 401);
});

const ORIGIN = { "webhook-request-origin": "eventgrid.azure.net" };
const ASKED: [name: string, headers: Record<string, string>, status: number, origin: string | null][] = [
  ["events", ORIGIN, 200, "eventgrid.azure.net"],
  ["events", { ...ORIGIN, authorization: "none" }, 401, null],
  ["events", {}, 400, null],
  ["events", { "webhook-request-origin": "a b" }, 400, null],
  ["any", ORIGIN, 405, null],
  ["none", ORIGIN, 404, null],
];

for (const [name, headers, status, origin] of ASKED) {
  Deno.test(`a sender that asks ${name} with ${JSON.stringify(headers)} is answered with ${status}`, async () => {
    await using there = await testRelay({ yaml: YAML });
    const response = await there.request(`/in/${name}`, { method: "OPTIONS", headers });
    equal([response.status, response.headers.get("webhook-allowed-origin")], [status, origin]);
    await response.body?.cancel();
  });
}
