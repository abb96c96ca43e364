import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fc from "fast-check";
import { ElementScanner } from "../../routes/element_scanner.ts";
import { PAYLOAD_BYTES } from "../../routes/payload.ts";
import { gzip } from "../../routes/gzip.ts";
import { testRelay, webhook } from "../kit/relay.ts";

/** A payload of so many alerts of about 20 KB each. */
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
  Deno.test(`of a payload over the limit at ${path} what fits is taken, and its group hears how many were left out`, async () => {
    await using house = await testRelay();
    const payload = largePayload(COUNT);
    const body = JSON.stringify(payload);
    ok(new TextEncoder().encode(body).length > PAYLOAD_BYTES);
    const response = await house.request(path, { method: "POST", body });
    const text = await response.text();
    equal(response.status, 200, text);
    const [newest, ...others] = await house.relay.store.journal.newest(COUNT);
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
  const [{ alert }] = await house.relay.store.journal.newest(1_000).then((all) => all.slice(-1)) as [
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

/** JSON that has what a scanner may trip over. */
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
        let last = 0;
        let list: number | undefined;
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const piece = bytes.subarray(at, at + sizes[turn % sizes.length]! + 1);
          const end = scanner.scan(piece);
          if (end.lastElement > 0) last = at + end.lastElement;
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
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
