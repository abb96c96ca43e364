import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign as signWith } from "node:crypto";
import type { Alert } from "../../../../relay/domain/alert.ts";
import { TestClock } from "../../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../../kit/relay.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const { publicKey, privateKey } = generateKeyPairSync("ed25519");
const PUBLIC = `whpk_${publicKey.export({ format: "der", type: "spki" }).subarray(12).toString("base64")}`;

const YAML = `
groups: [{ owner: default, level: default, destinations: [{ channel: inbox }] }]
doors:
  - { name: hooks, type: standard_webhooks, secret: ["${SECRET}", plain-secret, "${PUBLIC}"] }
  - { name: both, type: standard_webhooks, secret: plain-secret, auth: { token: own-token }, title: $.test, alerts: $ }`;

/** The time, the id and the body of the vector of the standard's libraries. */
const NOW = 1_614_265_330_000;
const VECTOR = {
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

const EVENT = JSON.stringify({
  type: "backup.failed",
  timestamp: "2021-02-25T15:00:00Z",
  data: { title: "Backup failed", severity: "critical", status: "firing", labels: { host: "db-1" } },
});

const house = (): Promise<TestRelay> => testRelay({ yaml: YAML, clock: new TestClock(NOW) });

interface Sent {
  readonly name?: string;
  readonly id?: string;
  readonly body?: string;
  readonly time?: string;
  readonly signature?: string;
  readonly authorization?: string;
}

const hmac = (text: string, key: string | Uint8Array = "plain-secret"): string =>
  `v1,${createHmac("sha256", key).update(text).digest("base64")}`;

async function send(there: TestRelay, sent: Sent = {}): Promise<{ status: number; text: string }> {
  const { name = "hooks", id = "msg_1", body = EVENT, time = String(there.clock.now() / 1_000) } = sent;
  const { signature = hmac(`${id}.${time}.${body}`), authorization = "none" } = sent;
  const response = await there.request(`/in/${name}`, {
    method: "POST",
    body,
    headers: {
      authorization,
      "webhook-id": id,
      "webhook-timestamp": time,
      "webhook-signature": signature,
    },
  });
  return { status: response.status, text: await response.text() };
}

const edSignature = (text: string): string =>
  `v1a,${signWith(null, new TextEncoder().encode(text), privateKey).toString("base64")}`;

const text = `msg_1.${NOW / 1_000}.${EVENT}`;

const ACCEPTED: [what: string, sent: Sent][] = [
  ["the vector of the libraries", VECTOR],
  ["a secret without a prefix", {}],
  ["a signature among others", { signature: `v1,AAAA v2,xx ${hmac(text)}` }],
  ["ed25519", { signature: edSignature(text) }],
  ["a time of five minutes ago", { time: String(NOW / 1_000 - 300) }],
];

for (const [what, sent] of ACCEPTED) {
  Deno.test(`${what} proves the sender`, async () => {
    await using there = await house();
    const { status, text } = await send(there, sent);
    // The vector is no alert: it has no title. A signature that did not match would be answered with 401.
    equal(status, "body" in sent ? 422 : 200, text);
  });
}

Deno.test("a secret in base64 without its prefix is used as libraries of the standard use it", async () => {
  const base64 = SECRET.slice("whsec_".length);
  await using there = await testRelay({
    yaml: `doors: [{ name: hooks, type: standard_webhooks, secret: "${base64}" }]`,
    clock: new TestClock(NOW),
  });
  equal((await send(there, VECTOR)).status, 422);
});

const REFUSED: [what: string, sent: Sent, words: RegExp][] = [
  ["another body", { signature: hmac(`msg_1.${NOW / 1_000}.{}`) }, /signature is wrong/],
  ["another id", { id: "msg_2", signature: hmac(text) }, /signature is wrong/],
  ["another time", { time: String(NOW / 1_000 + 1), signature: hmac(text) }, /signature is wrong/],
  ["another secret", { signature: hmac(text, "other") }, /signature is wrong/],
  ["another key", { signature: "v1a,AAAA" }, /signature is wrong/],
  [
    "a key's signature as an HMAC",
    { signature: edSignature(text).replace("v1a", "v1") },
    /signature is wrong/,
  ],
  ["the right signature in the ninth place", { signature: `${"v1,x ".repeat(8)}${hmac(text)}` }, /is wrong/],
  ["a time of six minutes ago", { time: String(NOW / 1_000 - 360) }, /is 6 min old: set the clocks/],
  ["a time in six minutes", { time: String(NOW / 1_000 + 360) }, /is 6 min early/],
  ["no time", { time: "" }, /send webhook-id, webhook-timestamp and webhook-signature/],
  ["a time that is a text", { time: "now" }, /send webhook-id/],
  ["no id", { id: "" }, /send webhook-id/],
  ["no signature", { signature: "" }, /send webhook-id/],
];

for (const [what, sent, words] of REFUSED) {
  Deno.test(`${what} is refused`, async () => {
    await using there = await house();
    const answer = await send(there, sent);
    equal(answer.status, 401, answer.text);
    match(answer.text, words);
    ok(!answer.text.includes("plain-secret"));
    equal(await there.relay.store.log.newest(1), []);
    equal(there.reports, []);
  });
}

Deno.test("the data of an event is the alert", async () => {
  await using there = await house();
  await send(there);
  const [logged] = await there.relay.store.log.newest(1);
  const { title, severity, status, labels, startsAt, dialect } = logged!.alert as Alert;
  equal([dialect, title, severity, status], ["hooks", "Backup failed", "critical", "firing"]);
  equal([labels.host, labels.event], ["db-1", "backup.failed"]);
  equal(startsAt, Date.UTC(2021, 1, 25, 15));
});

Deno.test("a message is accepted once: a retry and a replay are answered with 200 and change nothing", async () => {
  await using there = await house();
  equal(JSON.parse((await send(there)).text).accepted, 1);
  there.clock.advance(60_000);
  const retry = await send(there); // signed anew, as a sender does
  equal([retry.status, JSON.parse(retry.text).repeated], [200, true]);
  equal((await there.relay.store.log.newest(5)).length, 1);
});

Deno.test("a sender that uses an id for another body loses nothing", async () => {
  await using there = await house();
  await send(there);
  const other = await send(there, { body: EVENT.replace("Backup failed", "Disk is full") });
  equal(JSON.parse(other.text).accepted, 1);
});

Deno.test("a message that could not be read may come again", async () => {
  await using there = await house();
  const body = "[]";
  equal((await send(there, { body })).status, 422);
  equal((await send(there, { body })).status, 422);
});

Deno.test("a door with a token needs both the token and the signature", async () => {
  await using there = await house();
  const body = '{"test":"A"}';
  const authorization = "Bearer own-token";
  equal((await send(there, { name: "both", body })).status, 401);
  equal((await send(there, { name: "both", body, authorization, signature: "v1,x" })).status, 401);
  equal((await send(there, { name: "both", body, authorization })).status, 200);
});
