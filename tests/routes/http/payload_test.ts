import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { ElementScanner } from "../../../routes/http/element_scanner.ts";
import { PAYLOAD_ALERTS, PAYLOAD_BYTES } from "../../../routes/http/payload.ts";
import { gzip } from "../../../routes/http/gzip.ts";
import { testRelay, webhook } from "../../kit/relay.ts";

/** A payload of this many alerts of about 20 KB each. */
function largePayload(count: number): Record<string, unknown> {
  const description = '磁盘\\"}]'.repeat(1_600);
  return {
    ...webhook(
      ...Array.from({ length: count }, (_, index) => ({
        labels: { instance: `host-${index}` },
        annotations: { description },
      })),
    ),
    truncatedAlerts: 5,
  };
}

const COUNT = 1_100;

const ROUTES: [path: string, answer: (left: number) => unknown][] = [
  [
    "/webhook",
    (left) => ({ accepted: COUNT - left, duplicates: 0, notifications: COUNT - left, leftOut: left }),
  ],
  ["/dingtalk/default/send", (left) => `OK; ${left} alerts are left out: the payload is over the limit`],
];

for (const [path, answer] of ROUTES) {
  Deno.test(`of a payload over the limit at ${path} what fits is accepted, and its group is notified of how many were left out`, async () => {
    await using house = await testRelay();
    const payload = largePayload(COUNT);
    const body = JSON.stringify(payload);
    ok(new TextEncoder().encode(body).length > PAYLOAD_BYTES);
    const response = await house.request(path, { method: "POST", body });
    const text = await response.text();
    equal(response.status, 200, text);
    const [newest, ...others] = await house.relay.store.log.newest(COUNT);
    const left = COUNT - others.length - 1;
    ok(left > 100 && left < 600, `${left} left out`);
    equal(text.startsWith("{") ? JSON.parse(text) : text, answer(left));
    const { alert } = newest!;
    ok("origin" in alert);
    equal(alert.origin?.truncated, left + 5);
    match(alert.origin?.groupKey ?? "", /^[0-9a-f]{16}$/);
    await house.settle();
    const told = JSON.stringify(await house.relay.store.caches.newest("inbox", 5));
    ok(told.includes(`发送方另有 ${left + 5} 条告警未发出`));
    equal(house.reports, []);
  });
}

Deno.test("the same without a length, and compressed, and of Grafana", async () => {
  await using house = await testRelay();
  const payload = { ...largePayload(COUNT), version: "1", orgId: 1 };
  const body = JSON.stringify(payload);
  const whole = new TextEncoder().encode(body);
  let at = 0;
  const stream = new ReadableStream({
    pull(controller): void {
      if (at >= whole.length) return controller.close();
      controller.enqueue(whole.slice(at, at += 65_537));
    },
  });
  const inits = [
    { body: stream, duplex: "half" },
    { body: await gzip(body), headers: { "content-encoding": "gzip" } },
  ] as RequestInit[];
  for (const [index, init] of inits.entries()) {
    const response = await house.request("/webhook", { method: "POST", ...init });
    const { accepted, leftOut, duplicates } = await response.json();
    equal([response.status, accepted + leftOut, duplicates], [200, COUNT, index * accepted]);
  }
  const [{ alert }] = await house.relay.store.log.newest(1_000).then((all) => all.slice(-1)) as [
    { alert: { dialect?: string } },
  ];
  equal(alert.dialect, "grafana", "what stands behind the alerts is read, too");
});

Deno.test("a payload over the limit of which nothing fits is refused", async () => {
  await using house = await testRelay();
  for (
    const body of [
      "x".repeat(PAYLOAD_BYTES + 1),
      `{"alerts":[{"labels":{"a":"${"x".repeat(PAYLOAD_BYTES)}"}}]}`,
    ]
  ) {
    const response = await house.request("/webhook", { method: "POST", body });
    equal(response.status, 413);
    match((await response.json()).error, /at most 16 MiB; send the alerts in parts/);
  }
});

/** A payload of this many alerts, as small as they can be. */
function tinyPayload(count: number, { name = "alerts", own = "" } = {}): string {
  const alerts = Array.from({ length: count }, (_, index) => `{"labels":{"a":"${index}"}${own}}`);
  return `{"version":"4","${name}":[${alerts.join(",")}],"status":"firing","truncatedAlerts":2}`;
}

Deno.test("of a payload with too many alerts, however small, the first are taken, and the rest is counted", async () => {
  await using house = await testRelay();
  const body = tinyPayload(PAYLOAD_ALERTS + 1_234);
  ok(body.length < PAYLOAD_BYTES / 20);
  const response = await house.request("/webhook", { method: "POST", body });
  const { duplicates, ...answer } = await response.json();
  equal([response.status, duplicates], [200, 0]);
  equal(answer, { accepted: PAYLOAD_ALERTS, notifications: PAYLOAD_ALERTS, leftOut: 1_234 });
  const [newest] = await house.relay.store.log.newest(1);
  const { alert } = newest!;
  ok("origin" in alert && "labels" in alert);
  equal([alert.labels, alert.origin?.truncated], [{ a: `${PAYLOAD_ALERTS - 1}` }, 1_236]);
  const [refusal] = house.relay.refusals.list();
  equal([refusal!.status, refusal!.sender], [413, "intake token"]);
  match(refusal!.reason, /^1234 alerts are left out, because the payload is over 16 MiB or 20000 alerts/);
  equal(house.reports, []);
});

Deno.test("alerts that no sender writes so, and that cannot be counted before they are parsed, are refused", async () => {
  await using house = await testRelay();
  for (
    const body of [
      tinyPayload(PAYLOAD_ALERTS + 1, { name: "\\u0061lerts" }),
      tinyPayload(PAYLOAD_ALERTS + 1).replace('"alerts"', '"alerts":[],"alerts"'),
      `{"alerts":[${Array(PAYLOAD_ALERTS + 1).fill("1").join(",")}]}`,
    ]
  ) {
    const response = await house.request("/webhook", { method: "POST", body });
    equal(response.status, 413);
    match((await response.json()).error, /has 20001 alerts in a form .* at most 20000; send .* in parts$/);
  }
});

Deno.test("a large payload is parsed in turns, and is of one sender all the same", async () => {
  await using house = await testRelay();
  let turns = 0;
  let isOver = false;
  const others = (async (): Promise<void> => {
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      turns++;
    }
  })();
  const body = tinyPayload(3_500).replace(',"status"', ',"orgId":7,"status"').replace('"4"', '"1"');
  const before = turns;
  equal((await house.request("/webhook", { method: "POST", body })).status, 200);
  ok(turns - before > 10, `${turns - before} turns for others`);
  isOver = true;
  await others;
  const dialects = new Set(
    (await house.relay.store.log.newest(3_500)).map(({ alert }) =>
      "dialect" in alert ? `${alert.dialect} ${alert.labels.grafana_org}` : ""
    ),
  );
  equal([...dialects], ["grafana 7"]);
  const wrong = tinyPayload(3_500).replace('{"a":"2345"}', '{"a":2345}');
  const refused = await house.request("/webhook", { method: "POST", body: wrong });
  equal([refused.status, await refused.json()], [200, {
    accepted: 3_499,
    duplicates: 0,
    notifications: 3_499, // another dialect
    refused: [{ alert: 2345, reason: "alerts[2345].labels.a: a string is needed, not a number" }],
  }]);
  const silent = await house.request("/webhook", {
    method: "POST",
    body: tinyPayload(3_500).replace('"status":"firing"', '"x":1'),
  });
  equal((await silent.json()).error, 'alerts[0].status: "firing" or "resolved" is needed');
});

Deno.test("of an alert with a million wrong labels a few are named", async () => {
  await using house = await testRelay();
  const labels = Array.from({ length: 500_000 }, (_, index) => `"l${index}":1`).join(",");
  const response = await house.request("/webhook", {
    method: "POST",
    body: `{"status":"firing","alerts":[{"labels":{${labels}}}]}`,
  });
  equal([response.status, (await response.json()).error], [
    422,
    "alerts[0].labels.l0: a string is needed, not a number (and 19 more)",
  ]);
});

/** JSON with parts that a scanner may misread. */
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, "alerts", '"alerts":[{', "\\", '\\"', "}]", "{", "告警\u{1f525}", 1, true),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("alerts", "a", "}", '"', "告"), tie("value"), { maxKeys: 3 }),
  ),
})).value;

Deno.test("however a payload is cut into pieces, its alerts are counted, and what is kept of it is what they were", () => {
  const element = fc.dictionary(fc.constantFrom("labels", "alerts", "]"), json, { maxKeys: 3 });
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom("a", "receiver", "b"), json, { maxKeys: 3 }),
      fc.array(element, { maxLength: 5 }),
      fc.dictionary(fc.constantFrom("y", "z"), json, { maxKeys: 2 }),
      fc.boolean(),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 20 }),
      (before, alerts, behind, pretty, sizes) => {
        const payload = { ...before, alerts, ...behind };
        const bytes = new TextEncoder().encode(JSON.stringify(payload, null, pretty ? 2 : 0));
        const scanner = new ElementScanner("alerts");
        const few = new ElementScanner("alerts", { most: 2 });
        let last = 0;
        let second = 0;
        let list: number | undefined;
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const piece = bytes.subarray(at, at + sizes[turn % sizes.length]! + 1);
          const end = scanner.scan(piece);
          if (end.lastElement > 0) last = at + end.lastElement;
          const { lastElement } = few.scan(piece);
          if (lastElement > 0) second = at + lastElement;
          if (end.list !== undefined && list === undefined) list = at + end.list;
          at += piece.length;
        }
        equal(scanner.count, alerts.length);
        ok(scanner.isComplete);
        const text = (from: number, to?: number): string =>
          new TextDecoder().decode(bytes.subarray(from, to));
        if (alerts.length > 0) {
          equal(JSON.parse(`${text(0, last)}]${text(list!)}`), JSON.parse(JSON.stringify(payload)));
          equal(JSON.parse(`${text(0, last)}]}`).alerts, JSON.parse(JSON.stringify(alerts)));
          equal(few.count, alerts.length);
          equal(JSON.parse(`${text(0, second)}]}`).alerts, JSON.parse(JSON.stringify(alerts.slice(0, 2))));
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

const ENCODED: readonly (readonly [path: string, type: string, text: string])[] = [
  [
    "/webhook",
    "application/json; charset=gbk",
    '{"alerts":[{"status":"firing","labels":{"alertname":"@"}}]}',
  ],
  ["/webhook", "application/json", '{"alerts":[{"status":"firing","labels":{"alertname":"@"}}]}'],
  ["/dingtalk/default/send", "", '{"alerts":[{"status":"firing","labels":{"alertname":"@"}}]}'],
  [
    "/ocp/default",
    "application/json",
    '{"alarm_name":"@","alarm_level":"1","alarm_target":"t","alarm_status":"Active"}',
  ],
];

for (const [path, type, text] of ENCODED) {
  Deno.test(`${path} reads GBK that is sent as ${type || "nothing"}`, async () => {
    await using house = await testRelay();
    const [before, after] = text.split("@") as [string, string];
    const encoder = new TextEncoder();
    const body = new Uint8Array([
      ...encoder.encode(before),
      0xb8,
      0xe6,
      0xbe,
      0xaf,
      ...encoder.encode(after),
    ]);
    const response = await house.request(path, { method: "POST", headers: { "content-type": type }, body });
    equal(response.status, 200, await response.text());
    const [logged] = await house.relay.store.log.newest(1);
    equal(logged && "title" in logged.alert && logged.alert.title, "告警");
  });
}
