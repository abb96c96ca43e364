import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { SECRETS, testRelay, webhook } from "../../kit/relay.ts";

Deno.test("an alert is answered with what became of it", async () => {
  await using house = await testRelay();
  const response = await house.post({ labels: { instance: "a" } }, { labels: { instance: "b" } });
  equal([response.status, await response.json()], [200, { accepted: 2, duplicates: 0, notifications: 2 }]);
  const again = await house.post({ labels: { instance: "a" } });
  equal(await again.json(), { accepted: 1, duplicates: 1, notifications: 0 });
});

const CREDENTIALS: [string, string, HeadersInit, number][] = [
  ["Bearer", "/webhook", { authorization: `Bearer ${SECRETS.intakeToken}` }, 200],
  ["bearer in lower case", "/webhook", { authorization: `bearer ${SECRETS.intakeToken}` }, 200],
  ["Basic with any user", "/webhook", { authorization: `Basic ${btoa(`x:${SECRETS.intakeToken}`)}` }, 200],
  ["a query", `/webhook?token=${SECRETS.intakeToken}`, { authorization: "" }, 200],
  ["a wrong Bearer", "/webhook", { authorization: "Bearer nope" }, 401],
  ["a wrong Basic", "/webhook", { authorization: `Basic ${btoa("x:nope")}` }, 401],
  ["a Basic that is no base64", "/webhook", { authorization: "Basic %%%" }, 401],
  ["a token as Basic's user", "/webhook", { authorization: `Basic ${btoa(`${SECRETS.intakeToken}:`)}` }, 401],
  ["a wrong query", "/webhook?token=nope", { authorization: "" }, 401],
  ["nothing", "/webhook", { authorization: "" }, 401],
];

for (const [name, path, headers, status] of CREDENTIALS) {
  Deno.test(`a sender with ${name} is answered ${status}`, async () => {
    await using house = await testRelay();
    const response = await house.request(path, { method: "POST", headers, body: '{"alerts":[]}' });
    equal(response.status, status);
    if (status === 401) {
      match(response.headers.get("www-authenticate") ?? "", /Bearer.*Basic/);
      match((await response.json()).error, /token is (wrong|missing): send the intake token/);
    } else await response.body?.cancel();
  });
}

Deno.test("an open intake asks for no token", async () => {
  await using house = await testRelay({ env: { FENGHUO_OPEN_INTAKE: "1" } });
  const response = await house.request("/", {
    method: "POST",
    headers: { authorization: "" },
    body: '{"alerts":[]}',
  });
  equal([response.status, await response.json()], [200, { accepted: 0, duplicates: 0, notifications: 0 }]);
});

const alert = (overrides: object): object => ({
  alerts: [...Array(3).fill({ status: "firing", labels: { a: "b" } }), {
    status: "firing",
    labels: {},
    ...overrides,
  }],
});

const BAD: [string, string | Uint8Array<ArrayBuffer>, number, RegExp][] = [
  ["an empty body", "", 400, /^The body is not JSON: it is empty$/],
  ["no JSON", "{", 400, /^The body is not JSON: /],
  ["a body that is no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), 400, /UTF-8/],
  ["deep nesting that does not end", "[".repeat(100_000), 400, /not JSON/],
  [
    "deep nesting",
    "[".repeat(100_000) + "]".repeat(100_000),
    400,
    /^The body is not JSON that can be read: it is nested too deeply: at most 200 levels$/,
  ],
  ["null", "null", 422, /^body: an object is needed, not null$/],
  ["a number", "7", 422, /^body: an object is needed, not a number$/],
  ["no alerts", "{}", 422, /^alerts: an array is needed, not nothing$/],
  ["alerts that are no array", '{"alerts":{}}', 422, /^alerts: an array is needed, not an object$/],
  ["an alert that is none", '{"alerts":[1]}', 422, /^alerts\[0\]: an object is needed, not a number$/],
  ["two things wrong", '{"alerts":[1,2]}', 422, /\(and 1 more\)$/],
];

for (const [name, body, status, words] of BAD) {
  Deno.test(`a payload with ${name} is refused whole, and says where`, async () => {
    await using house = await testRelay();
    const response = await house.request("/webhook", { method: "POST", body });
    const { error } = await response.json();
    equal(response.status, status, error);
    match(error, words);
    equal(await house.relay.store.log.newest(10), []);
    equal(house.reports, []);
  });
}

const WRONG_ONE: [name: string, payload: object, reason: RegExp][] = [
  [
    "a label that is no string",
    alert({ labels: { severity: 1 } }),
    /^alerts\[3\]\.labels\.severity: a string is needed, not a number$/,
  ],
  [
    "a label of a strange name",
    alert({ labels: { "a b": null } }),
    /^alerts\[3\]\.labels\["a b"\]: a string is needed, not null$/,
  ],
  [
    "labels that are an array",
    alert({ labels: [] }),
    /^alerts\[3\]\.labels: an object of strings is needed, not an array$/,
  ],
  [
    "no labels",
    alert({ labels: undefined }),
    /^alerts\[3\]\.labels: an object of strings is needed, not nothing$/,
  ],
  [
    "an annotation that is no string",
    alert({ annotations: { summary: {} } }),
    /^alerts\[3\]\.annotations\.summary: a string is needed, not an object$/,
  ],
  [
    "an unknown status",
    alert({ status: "open" }),
    /^alerts\[3\]\.status: "firing" or "resolved" is needed$/,
  ],
  [
    "no status at all",
    alert({ status: undefined }),
    /^alerts\[3\]\.status: "firing" or "resolved" is needed$/,
  ],
  [
    "a time that is none",
    alert({ startsAt: "yesterday" }),
    /^alerts\[3\]\.startsAt: a time such as/,
  ],
];

for (const [name, payload, words] of WRONG_ONE) {
  Deno.test(`of four alerts one with ${name} costs only itself, and the answer says why`, async () => {
    await using house = await testRelay();
    const response = await house.request("/webhook", { method: "POST", body: JSON.stringify(payload) });
    const { accepted, refused, ...more } = await response.json();
    equal(
      [response.status, accepted, refused.length, refused[0].alert],
      [200, 3, 1, 3],
      JSON.stringify(more),
    );
    match(refused[0].reason, words);
    equal((await house.relay.store.log.newest(10)).length, 3);
    const [refusal] = await house.relay.query.refusals.all(house.clock.now());
    equal([refusal!.door, refusal!.status], ["alertmanager", 422]);
    match(refusal!.reason, words);
    equal(house.reports, []);
  });
}

Deno.test("where no alert can be read, the payload is refused with the first reason", async () => {
  await using house = await testRelay();
  const body = JSON.stringify({ status: "firing", alerts: [{ labels: 1 }, { labels: 2 }] });
  const response = await house.request("/webhook", { method: "POST", body });
  equal(response.status, 422);
  match((await response.json()).error, /^alerts\[0\]\.labels: .*\(and 1 more\)$/);
});

Deno.test("a body over 16 MiB that holds no alert is answered 413, with and without its length", async () => {
  await using house = await testRelay();
  const body = new Uint8Array(20_000_000).fill(0x20);
  const stream = new ReadableStream({
    pull(controller): void {
      controller.enqueue(body.subarray(0, 1_000_000));
    },
  });
  for (const init of [{ body }, { body: stream, duplex: "half" }]) {
    const response = await house.request("/webhook", { method: "POST", ...init } as RequestInit);
    equal(response.status, 413);
    match((await response.json()).error, /at most 16 MiB/);
  }
});

Deno.test("a GET is answered with a sentence on how to use the address", async () => {
  await using house = await testRelay();
  for (const path of ["/", "/webhook", "/webhook/ops/default"]) {
    const response = await house.request(path);
    equal([response.status, response.headers.get("allow")], [405, "POST"]);
    match((await response.json()).error, /webhook_configs/);
  }
});

Deno.test("thousands of alerts in one payload are all stored and notified", async () => {
  await using house = await testRelay();
  const alerts = Array.from({ length: 3_000 }, (_, index) => ({ labels: { instance: `host-${index}` } }));
  const response = await house.post(...alerts);
  equal(await response.json(), { accepted: 3_000, duplicates: 0, notifications: 3_000 });
  await house.settle();
  const told = await house.relay.store.caches.newest("inbox", 1_000) as { alerts: number }[];
  equal(told.reduce((sum, message) => sum + message.alerts, 0), 3_000);
});

Deno.test("every field of the payload is understood", async () => {
  await using house = await testRelay();
  const body = {
    ...webhook({
      labels: { severity: "P9", instance: "db-1" },
      annotations: { description: "d", summary: "s", runbook_url: "https://runbook.example.com/x" },
      startsAt: "2026-01-31T16:00:00.123456789+08:00",
    }),
    receiver: "team-a\\.b",
    truncatedAlerts: 2,
    notification_reason: "first notification",
    routeLabels: { a: "b" },
    something_new: { nested: [1] },
  };
  const response = await house.request("/webhook", { method: "POST", body: JSON.stringify(body) });
  equal(response.status, 200);
  await response.body?.cancel();
  const [logged] = await house.relay.store.log.newest(1);
  const stored = logged!.alert as unknown as Record<string, unknown>;
  equal(stored.startsAt, Date.UTC(2026, 0, 31, 8, 0, 0, 123));
  equal(stored.endsAt, null);
  equal([stored.severity, stored.severityText], ["warning", "P9"]);
  equal([stored.title, stored.text], ["Test", "s"]);
  equal(stored.links, [
    { kind: "source", url: "http://prometheus:9090/graph?g0.expr=up" },
    { kind: "runbook", url: "https://runbook.example.com/x" },
    { kind: "silence", url: "http://alertmanager:9093" },
  ]);
  const origin = stored.origin as { receiver: string; groupKey: string };
  equal(origin.receiver, "team-a.b");
  await house.settle();
  const [message] = await house.relay.store.caches.newest("inbox", 1) as { body: string }[];
  match(message!.body, /^.*\n发送方另有 2 条告警未发出\n/);
  match(origin.groupKey, /^[0-9a-f]{16}$/);
});

Deno.test("labels that differ only in __proto__ or constructor never merge", async () => {
  await using house = await testRelay();
  const payload = (labels: string): string => `{"alerts":[{"status":"firing","labels":${labels}}]}`;
  for (
    const labels of [
      '{"a":"b"}',
      '{"a":"b","__proto__":"x"}',
      '{"a":"b","__proto__":"y"}',
      '{"a":"b","constructor":"x"}',
    ]
  ) {
    const response = await house.request("/webhook", { method: "POST", body: payload(labels) });
    equal(await response.json(), { accepted: 1, duplicates: 0, notifications: 1 }, labels);
  }
  const again = await house.request("/webhook", {
    method: "POST",
    body: payload('{"__proto__":"y","a":"b"}'),
  });
  equal((await again.json()).duplicates, 1);
  await house.settle();
  equal(house.reports, []);
});

Deno.test("an unknown group in the address falls back to the default group, with the reason", async () => {
  await using house = await testRelay();
  const response = await house.request("/webhook/no/body", {
    method: "POST",
    body: JSON.stringify(webhook({})),
  });
  equal((await response.json()).notifications, 1);
  const [logged] = await house.relay.store.log.newest(1);
  equal(logged!.routing.map(({ group, by }) => [group, by]), [["default/default", "unknown_group"]]);
});

Deno.test("an unknown address is answered 404, and no answer shows a secret", async () => {
  await using house = await testRelay();
  const response = await house.request(`/nothing?token=${SECRETS.intakeToken}`);
  equal(response.status, 404);
  ok(!(await response.text()).includes(SECRETS.intakeToken));
});

const ZONES: [startsAt: string, timezone: string, ms: number | null][] = [
  ["2026-01-31T16:00:00", "Asia/Shanghai", Date.UTC(2026, 0, 31, 8)],
  ["2026-01-31 16:00:00.5", "Asia/Shanghai", Date.UTC(2026, 0, 31, 8, 0, 0, 500)],
  ["2026-07-31T04:00:00", "America/New_York", Date.UTC(2026, 6, 31, 8)],
  ["2026-01-31T16:00:00+08:00", "America/New_York", Date.UTC(2026, 0, 31, 8)],
  ["2026-01-31T08:00:00Z", "Asia/Shanghai", Date.UTC(2026, 0, 31, 8)],
  ["0001-01-01T00:00:00", "Asia/Shanghai", null],
];

for (const [startsAt, timezone, ms] of ZONES) {
  Deno.test(`an alert that started at ${startsAt} is read in ${timezone} where it names no zone`, async () => {
    await using house = await testRelay({ env: { FENGHUO_TZ: timezone } });
    await house.accept({ startsAt });
    const [logged] = await house.relay.store.log.newest(1);
    equal(logged!.alert.startsAt, ms);
  });
}
