import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { createHmac } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { Alert } from "../../../relay/domain/alert.ts";
import { BODY_BYTES } from "../../../routes/http/body.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: ops, level: dba, destinations: [{ channel: inbox }] }
doors:
  - { name: any, title: $.title, text: $.text, status: { from: $.state, default: firing }, labels_from: $.labels, key: $.id }
  - { name: own, auth: { token: own-token }, group: ops/dba, title: $.title }
  - { name: signed, auth: { hmac: { header: x-signature, secret: hmac-secret } }, title: $.title }
  - { name: signed64, auth: { hmac: { header: x-signature, secret: hmac-secret, algorithm: sha1, encoding: base64 } }, title: $.title }
  - { name: free, auth: none, title: $.title }
  - { name: polite, title: $.title, answer: { status: 202, body: { ok: true } } }
  - { name: quiet, title: $.title, answer: { body: success } }
  - { name: silent, title: $.title, answer: { status: 204, body: { ok: true } } }`;

const house = (): Promise<TestRelay> => testRelay({ yaml: YAML });

/** A door's answer. */
interface Answer {
  readonly status: number;
  readonly text: string;
}

async function send(
  there: TestRelay,
  name: string,
  body: BodyInit,
  headers: HeadersInit = {},
): Promise<Answer> {
  const response = await there.request(`/in/${name}`, { method: "POST", body, headers });
  return { status: response.status, text: await response.text() };
}

/** The titles of the logged alerts, the newest first. */
async function titles(there: TestRelay): Promise<string[]> {
  const logged = await there.relay.store.log.newest(50);
  return logged.map(({ alert }) => "title" in alert ? alert.title as string : "");
}

const GBK = new Uint8Array([0xb4, 0xc5, 0xc5, 0xcc]); // 磁盘
const encoder = new TextEncoder();
const gbkBody = new Uint8Array([...encoder.encode('{"title":"'), ...GBK, ...encoder.encode('"}')]);
const utf16 = new Uint8Array([
  0xff,
  0xfe,
  ...new Uint8Array(new Uint16Array([...'{"title":"X"}'].map((c) => c.charCodeAt(0))).buffer),
]);

const ACCEPTED: [what: string, body: BodyInit, type: string | undefined, titles: string[]][] = [
  ["an object", '{"title":"A"}', "application/json", ["A"]],
  ["an object without a content type", '{"title":"A"}', undefined, ["A"]],
  ["an object that says it is text", '{"title":"A"}', "text/plain", ["A"]],
  ["an object that says it is a form", '{"title":"A"}', "application/x-www-form-urlencoded", ["A"]],
  ["a list", '[{"title":"A"},{"title":"B"}]', "application/json", ["B", "A"]],
  ["a form", "title=A+%26+B&state=ok", "application/x-www-form-urlencoded", []],
  ["NDJSON", '{"title":"A"}\n{"title":"B"}\r\n\n', "application/x-ndjson", ["B", "A"]],
  ["JSON in a JSON string", JSON.stringify('{"title":"A"}'), "application/json", ["A"]],
  ["duplicate keys, of which the last counts", '{"title":"A","title":"B"}', undefined, ["B"]],
  ["GBK without saying so", gbkBody, "application/json", ["磁盘"]],
  ["GBK that says so", gbkBody, "application/json; charset=GBK", ["磁盘"]],
  ["UTF-8 that says it is an unknown charset", '{"title":"A"}', "application/json; charset=klingon", ["A"]],
  ["UTF-16", utf16, "application/json", ["X"]],
  ["a huge number as title", '{"title":1e400}', undefined, []],
  ["hostile text", JSON.stringify({ title: "<script>\u202e\u0000x" }), undefined, ["<script>x"]],
];

for (const [what, body, type, expected] of ACCEPTED) {
  if (expected.length === 0) continue;
  Deno.test(`${what} is accepted`, async () => {
    await using there = await house();
    const { status, text } = await send(
      there,
      "any",
      body,
      type === undefined ? {} : { "content-type": type },
    );
    equal(status, 200, text);
    equal(JSON.parse(text).accepted, expected.length);
    equal((await titles(there)).map((title) => title.replace(/[^\p{L}<>]/gu, "")), expected);
    equal(there.reports, []);
  });
}

Deno.test("a form of the body and a form with files count as JSON, and so does JSON in a field", async () => {
  await using there = await house();
  const form = new FormData();
  form.set("title", "multipart");
  form.set("labels", '{"host":"db-1"}');
  form.set("file", new Blob(["x"]), "x.txt");
  const response = await there.request("/in/any", { method: "POST", body: form });
  equal([response.status, (await response.json()).accepted], [200, 1]);
  const plain = await send(there, "any", new URLSearchParams({ title: "form", labels: '{"host":"db-2"}' }));
  equal(plain.status, 200);
  const hosts = (await there.relay.store.log.newest(5)).map(({ alert }) => (alert as Alert).labels.host);
  equal(hosts, ["db-2", "db-1"]);
});

const REFUSED: [
  what: string,
  body: BodyInit,
  headers: Record<string, string>,
  status: number,
  words: RegExp,
][] = [
  ["nothing", "", {}, 400, /not JSON: it is empty/],
  ["garbage", "\u0001garbage", {}, 400, /not JSON/],
  ["half an object", '{"title":', {}, 400, /not JSON/],
  ["a number", "42", {}, 422, /alert 0: title: finds nothing/],
  ["null", "null", {}, 422, /alert 0: title/],
  ["an empty list", "[]", {}, 422, /alerts: the payload is an empty list/],
  ["an object without the title", '{"x":1}', {}, 422, /alert 0: title: finds nothing in this alert/],
  ["a title that is an empty list", '{"title":[]}', {}, 200, /accepted/],
  ["an unknown compression", "x", { "content-encoding": "br9" }, 415, /compress/],
  ["what is not gzip", "x", { "content-encoding": "gzip" }, 400, /decompress|gzip/i],
  ["a nesting of 10,000 lists", "[".repeat(10_000) + "]".repeat(10_000), {}, 400, /too deeply/],
  [
    "lines of 300,000 lists",
    `[${"[],".repeat(150_000)}0]\n`.repeat(2),
    {},
    413,
    /too many lists and objects/,
  ],
  ["8 MiB and more", " ".repeat(BODY_BYTES + 1), {}, 413, /too large/],
  [
    "a bomb",
    gzipSync(" ".repeat(BODY_BYTES + 1)) as BodyInit,
    { "content-encoding": "gzip" },
    413,
    /too large/,
  ],
];

for (const [what, body, headers, expected, words] of REFUSED) {
  Deno.test(`${what} is answered with ${expected}`, async () => {
    await using there = await house();
    const { status, text } = await send(there, "any", body, headers);
    equal(status, expected, text);
    match(text, words);
    equal(there.reports, []);
  });
}

Deno.test("one alert that cannot be read costs only itself, and is an incident of the relay's own", async () => {
  await using there = await house();
  const { status, text } = await send(there, "any", '[{"title":"A"},{"x":1},{"title":"C","state":"odd"}]');
  equal(status, 200);
  equal(JSON.parse(text), {
    accepted: 2,
    duplicates: 0,
    notifications: 2,
    ignored: 0,
    refused: [{ alert: 1, field: "title", reason: "finds nothing in this alert, and has no default" }],
  });
  const [refusal] = await there.relay.query.refusals.all(there.clock.now());
  equal([refusal!.door, refusal!.status, refusal!.sender], ["in/any", 422, "door any"]);
  match(refusal!.reason, /^alert 1: title/);
});

Deno.test("the same key folds, and a resolved one ends its incident", async () => {
  await using there = await house();
  await send(there, "any", '{"title":"A","id":7,"text":"first"}');
  const again = JSON.parse((await send(there, "any", '{"title":"A","id":7,"text":"second"}')).text);
  equal([again.duplicates, again.notifications], [1, 0]);
  await send(there, "any", '{"title":"A","id":7,"state":"recovered"}');
  await there.settle();
  equal(await there.relay.store.incidents.newest("open", 5), []);
});

const AUTHENTICATED: [name: string, headers: Record<string, string>, query: string, status: number][] = [
  ["any", { authorization: "Bearer wrong" }, "", 401],
  ["own", {}, "", 401], // the intake token is not this door's
  ["own", { authorization: "Bearer own-token" }, "", 200],
  ["own", { authorization: `Basic ${btoa("any:own-token")}` }, "", 200],
  ["own", { authorization: `Basic ${btoa("any:own-token")}`, origin: "https://evil.example.com" }, "", 403],
  ["own", { authorization: "none" }, "?token=own-token", 200],
  ["own", { authorization: "none" }, "?token=wrong", 401],
  ["free", { authorization: "none" }, "", 200],
  ["free", { authorization: "none", origin: "https://evil.example.com" }, "", 403],
  ["nothing", {}, "", 404],
  ["nothing", { authorization: "none" }, "", 401],
  ["constructor", {}, "", 404],
];

for (const [name, headers, query, expected] of AUTHENTICATED) {
  Deno.test(`/in/${name}${query} with ${JSON.stringify(headers)} is answered with ${expected}`, async () => {
    await using there = await house();
    const response = await there.request(`/in/${name}${query}`, {
      method: "POST",
      body: '{"title":"A"}',
      headers,
    });
    equal(response.status, expected, await response.text());
    equal((await titles(there)).length, expected === 200 ? 1 : 0);
  });
}

Deno.test("a door's group is notified, and a door without one leaves it to the rules", async () => {
  await using there = await house();
  await send(there, "own", '{"title":"A"}', { authorization: "Bearer own-token" });
  const [logged] = await there.relay.store.log.newest(1);
  equal(logged!.routing.map(({ group, by }) => [group, by]), [["ops/dba", "named"]]);
});

Deno.test("a signature is needed over the very bytes, in hex with or without a prefix, or in base64", async () => {
  await using there = await house();
  const body = '{ "title": "A" }';
  const hex = createHmac("sha256", "hmac-secret").update(body).digest("hex");
  const base64 = createHmac("sha1", "hmac-secret").update(body).digest("base64");
  const status = async (name: string, signature: string, text = body): Promise<number> =>
    (await send(there, name, text, { "x-signature": signature })).status;
  equal(await status("signed", hex), 200);
  equal(await status("signed", `sha256=${hex.toUpperCase()}`), 200);
  equal(await status("signed64", base64), 200);
  equal(await status("signed", hex, '{"title":"A"}'), 401);
  equal(await status("signed", base64), 401);
  equal(await status("signed", ""), 401);
  const missing = await send(there, "signed", body);
  equal(missing.status, 401);
  match(missing.text, /send it in the header x-signature/);
  ok(!missing.text.includes("hmac-secret"));
});

Deno.test("a sender hears what its door says", async () => {
  await using there = await house();
  equal(await send(there, "polite", '{"title":"A"}'), { status: 202, text: '{"ok":true}' });
  equal(await send(there, "quiet", '{"title":"A"}'), { status: 200, text: "success" });
  equal(await send(there, "silent", '{"title":"A"}'), { status: 204, text: "" });
});
