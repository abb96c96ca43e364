/** A message that proves itself counts once, also when it comes twice at the same time, after a restart, and elsewhere. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import fc from "fast-check";
import { TestClock } from "../../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../../kit/relay.ts";
import { CERTIFICATE, type Message, NOW, signSmn, signSns } from "./_cloud.ts";

const YAML = `
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
doors:
  - { name: hooks, type: standard_webhooks, secret: a-secret }
  - { name: again, type: standard_webhooks, secret: a-secret }
  - { name: timed, type: grafana, secret: a-secret, timestamp_header: x-time }
  - { name: events, type: cloudevents }
  - { name: aws, type: sns, topics: "arn:aws:sns:*:123456789012:*" }
  - { name: huawei, type: smn, topics: "urn:smn:*:0553db98c800d5192f9bc01232b89622:*" }`;

const BODY = JSON.stringify({ type: "x", data: { title: "A" } });

async function send(there: TestRelay, door = "hooks"): Promise<{ status: number; repeated?: true }> {
  const time = String(there.clock.now() / 1_000);
  const mac = createHmac("sha256", "a-secret").update(`msg_1.${time}.${BODY}`).digest("base64");
  const response = await there.request(`/in/${door}`, {
    method: "POST",
    body: BODY,
    headers: { "webhook-id": "msg_1", "webhook-timestamp": time, "webhook-signature": `v1,${mac}` },
  });
  return { status: response.status, ...await response.json() };
}

async function alerts(there: TestRelay): Promise<number> {
  return (await there.relay.store.log.newest(50)).length;
}

Deno.test("of ten at the same time one is accepted, and the others are repeats or told to come again", async () => {
  await using there = await testRelay({ yaml: YAML });
  const answers = await Promise.all(Array.from({ length: 10 }, () => send(there)));
  equal(answers.filter(({ status, repeated }) => status === 200 && !repeated).length, 1);
  ok(answers.every(({ status }) => status === 200 || status === 503));
  equal(await alerts(there), 1);
  equal((await send(there)).repeated, true);
});

Deno.test("a restart and another instance remember it, and another door does not", async () => {
  using kv = await Deno.openKv(":memory:");
  {
    await using there = await testRelay({ yaml: YAML, kv });
    await send(there);
  }
  for (const exclusive of [true, false]) {
    await using there = await testRelay({ yaml: YAML, kv, exclusive });
    equal((await send(there)).repeated, true);
    equal((await send(there, "again")).repeated, exclusive ? undefined : true);
  }
});

/** Anything that JSON can say, often under the names of these doors. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(
      null,
      "",
      "1.0",
      "1",
      "v1",
      "Notification",
      "SubscriptionConfirmation",
      "\u0000",
      "\ud800",
    ),
    fc.constantFrom(
      "2026-11-30T02:01:00Z",
      "https://console.huaweicloud.com/smn/subscription/confirm",
    ),
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.double(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("data", "title", "alerts", "labels", "__proto__", "data_base64"),
      tie("value"),
    ),
    fc.record({
      specversion: tie("value"),
      id: tie("value"),
      source: tie("value"),
      type: tie("value"),
      data: tie("value"),
      data_base64: tie("value"),
    }, { requiredKeys: [] }),
  ),
})).value;

/** A message with any content, or with any of its fields replaced. */
const changed = (whole: Message, { id, content }: { id: string; content: string }): fc.Arbitrary<Message> =>
  fc.oneof(
    fc.tuple(fc.uuid(), anything).map(([uuid, value]) => ({
      ...whole,
      [id]: uuid,
      [content]: JSON.stringify(value) ?? "",
    })),
    fc.record(Object.fromEntries(Object.keys(whole).map((name) => [name, anything])), { requiredKeys: [] })
      .map((over) => ({ ...whole, ...over })),
  );

const SNS = {
  Type: "Notification",
  MessageId: "1",
  TopicArn: "arn:aws:sns:eu-west-1:123456789012:x",
  Message: "x",
  Timestamp: "2026-11-30T02:01:00Z",
  SignatureVersion: "2",
  SigningCertURL: "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a.pem",
  SubscribeURL: "https://sns.eu-west-1.amazonaws.com/",
};

const SMN = {
  type: "Notification",
  message_id: "1",
  topic_urn: "urn:smn:cn-north-4:0553db98c800d5192f9bc01232b89622:x",
  message: "x",
  timestamp: "2026-11-30T02:01:00Z",
  signature_version: "v1",
  signing_cert_url: "https://smn.cn-north-4.myhuaweicloud.com/smn/SMN_a.pem",
};

const EVENT = { specversion: "1.0", id: "1", source: "/x", type: "t" };

const DOORS: [door: string, payload: fc.Arbitrary<unknown>][] = [
  ["events", fc.oneof(anything, anything.map((data) => ({ ...EVENT, data })))],
  [
    "timed",
    fc.oneof(
      anything,
      anything.map((value) => ({ alerts: [{ status: "firing", labels: {}, values: value }] })),
    ),
  ],
  ["hooks", anything],
  [
    "aws",
    fc.oneof(
      anything,
      changed(SNS, { id: "MessageId", content: "Message" }).map((message) => signSns(message)),
    ),
  ],
  [
    "huawei",
    fc.oneof(
      anything,
      changed(SMN, { id: "message_id", content: "message" }).map((message) => signSmn(message)),
    ),
  ],
];

for (const [door, payload] of DOORS) {
  Deno.test(`whatever JSON is posted to the door ${door}, it is accepted or refused, and nothing breaks`, async () => {
    await using there = await testRelay({
      yaml: YAML,
      clock: new TestClock(NOW),
      fetch: () => Promise.resolve(new Response(CERTIFICATE.pem)),
    });
    let id = 0;
    let accepted = 0;
    await fc.assert(
      fc.asyncProperty(payload, async (value) => {
        const body = JSON.stringify(value);
        const time = String(there.clock.now() / 1_000);
        const sign = (before: string, encoding: "hex" | "base64"): string =>
          createHmac("sha256", "a-secret").update(`${before}${body}`).digest(encoding);
        const response = await there.request(`/in/${door}`, {
          method: "POST",
          body,
          headers: {
            "content-type": "application/json",
            "webhook-id": `m${++id}`,
            "webhook-timestamp": time,
            "webhook-signature": `v1,${sign(`m${id}.${time}.`, "base64")}`,
            "x-time": time,
            "x-grafana-alerting-signature": sign(`${time}:`, "hex"),
          },
        });
        const text = await response.text();
        if (response.status === 200) accepted++;
        ok([200, 400, 401, 403, 422].includes(response.status), `${response.status} ${text}`);
        ok(door !== "hooks" && door !== "timed" || response.status !== 401, text);
      }),
      { numRuns: 200 },
    );
    ok(accepted > 0, "some are accepted");
    equal(there.reports, []);
  });
}
