import assert from "node:assert/strict";
import webhook from "../../channels/webhook.ts";
import { startSink } from "../../simulator/sink.ts";
import { alert, HOSTILE, link, message, NOW } from "./_message.ts";
import { answer, exchange, requestOf, send } from "./_send.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

async function signedOf(input: object, text = message()): Promise<{ headers: Headers; body: string }> {
  const { headers, body } = await requestOf(webhook, { url: "https://x.example.com/", ...input }, text);
  return { headers: new Headers(headers), body: body as string };
}

Deno.test("the sink verifies the vector of the Standard Webhooks libraries", async () => {
  await using sink = await startSink({ secret: SECRET, now: () => 1_614_265_330_000 });
  const { status } = await exchange({
    url: sink.url,
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    body: '{"test": 2432232314}',
  });
  assert.equal(status, 200);
});

Deno.test("the sink refuses what is altered, unsigned, old or from the future", async (t) => {
  const signed = await signedOf({ secret: SECRET });
  const headers = Object.fromEntries(signed.headers);
  const { "webhook-signature": signature = "", ...unsigned } = headers;
  const table: [
    string,
    { headers?: Record<string, string>; body?: string; now?: number },
    string | undefined,
  ][] = [
    ["as it is", {}, undefined],
    ["one of several signatures", {
      headers: { ...headers, "webhook-signature": `v1a,xx v1,AAAA ${signature}` },
    }, undefined],
    ["an altered body", { body: `${signed.body} ` }, "signature does not match"],
    ["another id", { headers: { ...headers, "webhook-id": "other" } }, "signature does not match"],
    [
      "another version",
      { headers: { ...headers, "webhook-signature": signature.replace("v1,", "v2,") } },
      "signature does not match",
    ],
    ["an id with a dot", { headers: { ...headers, "webhook-id": "a.b" } }, "webhook-id has a dot"],
    ["no signature", { headers: unsigned }, "signature missing"],
    ["six minutes late", { now: NOW + 360_000 }, "webhook-timestamp is too far from now"],
    ["six minutes early", { now: NOW - 360_000 }, "webhook-timestamp is too far from now"],
  ];
  for (const [name, { now = NOW, ...altered }, wrong] of table) {
    await t.step(name, async () => {
      await using sink = await startSink({ secret: SECRET, now: () => now });
      const { status } = await exchange({ url: sink.url, headers, body: signed.body, ...altered });
      assert.equal(status, wrong === undefined ? 200 : 401);
      assert.equal(sink.requests[0]?.refused, wrong);
      assert.equal(sink.bodies.length, wrong === undefined ? 1 : 0);
    });
  }
});

Deno.test("hostile messages are signed over the very bytes that arrive", async (t) => {
  for (const [name, text] of Object.entries(HOSTILE)) {
    await t.step(name, async () => {
      await using sink = await startSink({ secret: SECRET, now: () => NOW });
      const hostile = message({
        title: text,
        body: text,
        alerts: [alert({ text, labels: { [text]: text } })],
      });
      const verdict = await send(webhook, { url: sink.url, secret: SECRET }, hostile);
      assert.deepEqual(verdict, { kind: "delivered", because: "HTTP 200" });
      assert.equal((sink.bodies[0] as { data: { text: string } }).data.text, text);
    });
  }
});

Deno.test("the payload says what is told, and every alert in full", async () => {
  const first = alert({ links: [link("http://x/", "图")], endsAt: NOW, annotations: { summary: "s" } });
  const second = alert({
    id: "b",
    fingerprint: "f2",
    startsAt: null,
    status: "resolved",
    reason: "resolved",
  });
  const { body, headers } = await signedOf({}, message({ alerts: [first, second], reason: "changed" }));
  assert.equal(headers.get("content-type"), "application/json");
  assert.deepEqual(JSON.parse(body), {
    type: "alert.firing",
    timestamp: "2026-03-01T08:00:00.000Z",
    data: {
      delivery: message().id,
      group: "ops/default",
      reason: "changed",
      title: "DiskFull",
      text: "firing: node-3 is 97 % full",
      alerts: [
        {
          id: first.id,
          fingerprint: "f1",
          reason: "first",
          status: "firing",
          severity: "critical",
          title: "DiskFull",
          text: "node-3 is 97 % full",
          labels: { alertname: "DiskFull", instance: "node-3" },
          annotations: { summary: "s" },
          startsAt: "2026-03-01T07:59:00.000Z",
          endsAt: "2026-03-01T08:00:00.000Z",
          links: [{ kind: "source", title: "图", url: "http://x/" }],
        },
        {
          id: "b",
          fingerprint: "f2",
          reason: "resolved",
          status: "resolved",
          severity: "critical",
          title: "DiskFull",
          text: "node-3 is 97 % full",
          labels: { alertname: "DiskFull", instance: "node-3" },
          annotations: {},
          startsAt: null,
          endsAt: null,
          links: [],
        },
      ],
    },
  });
});

Deno.test("the payload says who has the incident, since when, and the newest note", async () => {
  const handled = message({
    by: "韩梅梅",
    remark: "disk replaced",
    handling: { by: "李雷", since: NOW - 60_000, until: NOW, note: "a disk is on its way" },
  });
  const { data } = JSON.parse((await signedOf({}, handled)).body);
  assert.deepEqual([data.by, data.note], ["韩梅梅", "disk replaced"]);
  assert.deepEqual(data.handling, {
    by: "李雷",
    since: "2026-03-01T07:59:00.000Z",
    until: "2026-03-01T08:00:00.000Z",
    note: "a disk is on its way",
  });
});

Deno.test("a message that is over is of another type", async () => {
  const { body } = await signedOf({}, message({ status: "resolved" }));
  assert.equal(JSON.parse(body).type, "alert.resolved");
});

Deno.test("without a secret there is an id and a time, and no signature", async () => {
  const { headers } = await signedOf({}, message({ id: "a.b.c" }));
  assert.equal(headers.get("webhook-id"), "a_b_c");
  assert.equal(headers.get("webhook-timestamp"), String(NOW / 1_000));
  assert.equal(headers.has("webhook-signature"), false);
});

Deno.test("headers of the config are sent, and cannot replace ours", async () => {
  const { headers } = await signedOf({
    headers: { Authorization: "Bearer x", "Content-Type": "text/plain", "WEBHOOK-ID": "forged" },
  });
  assert.equal(headers.get("authorization"), "Bearer x");
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("webhook-id"), message().id);
});

Deno.test("a config that cannot work is refused", async (t) => {
  const url = "https://x.example.com/";
  const wrong: object[] = [
    {},
    { url: "ftp://x/" },
    { url: "javascript:alert(1)" },
    { url: "x.example.com" },
    ...["", "whsec_", "whsec_a b", "whsec_***", "whsec_YQ", "whsec_YQ=", "WHSEC_YQ==", "YQ==", "whsec_YQ==\n"]
      .map(
        (secret) => ({ url, secret }),
      ),
    { url, headers: { "a b": "x" } },
    { url, headers: { "": "x" } },
    { url, headers: { a: "x\r\nb: y" } },
    { url, headers: { a: "机" } },
  ];
  for (const config of wrong) {
    await t.step(JSON.stringify(config), () => assert.equal(webhook.config.safeParse(config).success, false));
  }
  assert.equal(webhook.config.safeParse({ url, secret: "whsec_YQ==" }).success, true);
});

Deno.test("each answer has the verdict that the specification asks for", async (t) => {
  const later = (because: string, waitMs: number): unknown => ({ kind: "throttled", because, waitMs });
  const table: [number, Record<string, string>, unknown][] = [
    [200, {}, { kind: "delivered", because: "HTTP 200" }],
    [204, {}, { kind: "delivered", because: "HTTP 204" }],
    [410, {}, { kind: "refused", what: "config", because: "HTTP 410: the receiver wants no more" }],
    [429, {}, later("HTTP 429", 30_000)],
    // These two are failures with a wait: a receiver that is gone for days must not look like one that is busy.
    [502, {}, { kind: "retry", because: "HTTP 502", waitMs: 30_000 }],
    [502, { "retry-after": "120" }, { kind: "retry", because: "HTTP 502", waitMs: 120_000 }],
    [504, { "retry-after": "nonsense" }, {
      kind: "retry",
      because: "HTTP 504",
      waitMs: 30_000,
      handedOver: true,
    }],
    [429, { "retry-after": "120" }, later("HTTP 429", 120_000)],
    [429, { "retry-after": "0" }, later("HTTP 429", 1_000)],
    [429, { "retry-after": "999999" }, later("HTTP 429", 900_000)],
    [429, { "retry-after": "Sun, 01 Mar 2026 08:02:00 GMT" }, later("HTTP 429", 120_000)],
    [429, { "retry-after": "Sun, 01 Mar 2020 08:02:00 GMT" }, later("HTTP 429", 1_000)],
    [301, { location: "https://secret.example.com" }, {
      kind: "retry",
      because: "HTTP 301: redirects are not followed",
    }],
    [302, {}, { kind: "retry", because: "HTTP 302: redirects are not followed" }],
    [400, {}, undefined],
    [401, {}, undefined],
    [404, {}, undefined],
    [500, {}, undefined],
    [503, {}, undefined],
  ];
  for (const [status, headers, verdict] of table) {
    await t.step(`${status} ${headers["retry-after"] ?? ""}`, () => {
      assert.deepEqual(webhook.verdict!(answer("", { status, headers }), { now: NOW }), verdict);
    });
  }
});

Deno.test("the sink answers as it is told, in order", async () => {
  await using sink = await startSink();
  sink.answer({ status: 429, headers: { "retry-after": "7" }, times: 1 });
  sink.answer({ status: 410, times: 1 });
  const kinds = [];
  for (let i = 0; i < 3; i++) {
    kinds.push((await send(webhook, { url: sink.url }, message({ id: `m${i}` })))?.kind);
  }
  assert.deepEqual(kinds, ["throttled", "refused", "delivered"]);
  assert.deepEqual(sink.bodies.map((body) => (body as { data: { delivery: string } }).data.delivery), ["m2"]);
  assert.equal(sink.requests.length, 3);
});

Deno.test("the sink closes while an answer is held back", async () => {
  const sink = await startSink();
  sink.answer({ delayMs: 60_000 });
  const waiting = assert.rejects(exchange({ url: sink.url, json: {} }));
  await sink.arrived(1);
  await sink.close();
  await waiting;
});
