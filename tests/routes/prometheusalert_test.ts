import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../simulator/dingtalk.ts";
import { startSink } from "../../simulator/sink.ts";
import { startFeishu } from "../../simulator/feishu.ts";
import { startWeCom } from "../../simulator/wecom.ts";
import { SECRETS, type TestRelay, testRelay, webhook } from "../kit/relay.ts";
import { startSmtp } from "../kit/smtp.ts";

const BODY = webhook({ labels: { instance: "a" }, annotations: { summary: "磁盘已满" } });

async function send(
  house: TestRelay,
  query: Readonly<Record<string, string>>,
  body: unknown = BODY,
): Promise<{ status: number; words: string }> {
  const response = await house.request(`/prometheusalert?${new URLSearchParams(query)}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const words = await response.json();
  ok(typeof words === "string", "a JSON string, as PrometheusAlert answers");
  await house.settle();
  return { status: response.status, words };
}

async function told(house: TestRelay): Promise<string[][]> {
  const logged = await house.relay.store.journal.newest(10);
  return logged.flatMap(({ routing }) => routing.map(({ group, by }) => [group, by]));
}

const hostOf = (url: string): string => new URL(url).host;

for (const type of ["dd", "wx", "fs", "email", "webhook"]) {
  Deno.test(`the type ${type} without a target goes where the labels lead`, async () => {
    await using house = await testRelay();
    equal(await send(house, { type, tpl: "prometheus-dd" }), {
      status: 200,
      words: '{"errcode":0,"errmsg":"ok"}',
    });
    equal(await told(house), [["default/default", "default"]]);
  });
}

Deno.test("dd: each robot in ddurl has the alert, signed where it has a secret, and calls whom `at` names", async () => {
  await using dingtalk = await startDingTalk({
    robots: [{ token: "one" }, { token: "two", secret: "SEC2" }],
    now: () => Date.UTC(2026, 0, 31, 8),
  });
  await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(dingtalk.url)}"]` });
  const address = `${dingtalk.url}/robot/send?access_token=`;
  const query = {
    type: "dd",
    ddurl: `${address}one,${address}two&secret=SEC2`,
    at: "13800000000,13900000000",
  };
  equal((await send(house, query)).status, 200);
  for (const token of ["one", "two"]) {
    const [posted, ...more] = dingtalk.robot(token).messages;
    equal(more, []);
    match(posted!.text, /磁盘已满/);
    equal(posted!.rings, ["13800000000", "13900000000"]);
  }
  const [[group, by]] = await told(house) as [[string, string]];
  match(group, /^adhoc\/[0-9a-f]{16}$/);
  equal(by, "named");
});

Deno.test("firing, folded and resolved are one story for one target, and another target has its own", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "one" }, { token: "two" }] });
  await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(dingtalk.url)}"]` });
  const query = (token: string): Record<string, string> => ({
    type: "dd",
    ddurl: `${dingtalk.url}/robot/send?access_token=${token}`,
  });
  await send(house, query("one"));
  await send(house, query("one"));
  await send(house, query("two"));
  const resolved = { labels: { instance: "a" }, status: "resolved", endsAt: "2026-01-31T08:05:00Z" } as const;
  await send(house, query("one"), webhook(resolved));
  equal(dingtalk.robot("one").messages.length, 2);
  equal(dingtalk.robot("two").messages.length, 1);
});

Deno.test("rr=true: one robot has it, and what belongs together meets at the same one", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "one" }, { token: "two" }] });
  await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(dingtalk.url)}"]` });
  const address = `${dingtalk.url}/robot/send?access_token=`;
  const query = { type: "dd", rr: "true", ddurl: `${address}one,${address}two` };
  const counts = (): number[] => ["one", "two"].map((token) => dingtalk.robot(token).messages.length);
  await send(house, query);
  await send(house, query, webhook({ labels: { instance: "a" }, status: "resolved" }));
  equal(counts().toSorted(), [0, 2]);
  for (let turn = 0; turn < 8; turn++) {
    await send(house, query, { ...webhook({ labels: { turn: `${turn}` } }), groupKey: `{}:{n="${turn}"}` });
  }
  ok(counts().every((count) => count > 0), "other groups of alerts meet at the other one");
});

Deno.test("fs: the robot has the alert as a card", async () => {
  await using feishu = await startFeishu({ robots: [{ token: "hook-1" }] });
  await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(feishu.url)}"]` });
  const { status } = await send(house, { type: "fs", fsurl: `${feishu.url}/open-apis/bot/v2/hook/hook-1` });
  equal(status, 200);
  equal(feishu.messages.map(({ type, token }) => [type, token]), [["interactive", "hook-1"]]);
});

Deno.test("wx: the robot has the alert and calls whom `at` names", async () => {
  await using wecom = await startWeCom({ robots: ["the-key"] });
  await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(wecom.url)}"]` });
  const wxurl = `${wecom.url}/cgi-bin/webhook/send?key=the-key`;
  equal((await send(house, { type: "wx", wxurl, at: "LiLei" })).status, 200);
  const [posted] = wecom.robot("the-key").messages;
  match(posted!.text, /磁盘已满[^]*<@LiLei>/);
});

Deno.test("webhook: the address has the alert", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(sink.url)}"]` });
  equal((await send(house, { type: "webhook", webhookurl: `${sink.url}/hook?key=1` })).status, 200);
  equal((sink.bodies as { type: string }[]).map(({ type }) => type), ["alert.firing"]);
  equal(sink.requests[0]!.url.search, "?key=1");
});

Deno.test("email: a member, and an address of an allowed domain, have a mail by way of the shared account", async () => {
  await using smtp = await startSmtp();
  await using house = await testRelay({
    yaml: `
members: [{ id: li.lei, email: li.lei@example.com }]
allowed_targets: [example.org]
defaults: { email: { host: 127.0.0.1, port: ${smtp.port}, tls: none, from: ops@example.com } }
`,
  });
  equal((await send(house, { type: "email", email: "Li.Lei@example.com,ops@example.org" })).status, 200);
  equal(smtp.mails.map(({ to }) => to), [["Li.Lei@example.com", "ops@example.org"]]);
});

const DING = "https://oapi.dingtalk.com/robot/send";
const REFUSED: [what: string, query: Record<string, string>, status: number, words: RegExp][] = [
  ["no type", {}, 422, /^type: one of dd, wx, fs, webhook, email is needed$/],
  ["an unknown type", { type: "txdx" }, 422, /^type: one of/],
  ["a type of every object", { type: "constructor" }, 422, /^type: one of/],
  [
    "Feishu's old address",
    { type: "fs", fsurl: "https://open.feishu.cn/open-apis/bot/hook/S3CRET" },
    422,
    /bot\/v2\/hook/,
  ],
  [
    "a stranger's Feishu",
    { type: "fs", fsurl: "https://evil.com/open-apis/bot/v2/hook/S3CRET" },
    403,
    /allowed_targets/,
  ],
  ["no URL", { type: "dd", ddurl: "S3CRET" }, 422, /^ddurl: a URL such as/],
  ["a URL of another kind", { type: "webhook", webhookurl: "file:///etc/passwd" }, 422, /^webhookurl: a URL/],
  [
    "a user in the URL",
    { type: "dd", ddurl: "https://u:S3CRET@oapi.dingtalk.com/robot/send" },
    422,
    /^ddurl: a URL/,
  ],
  ["a robot without token", { type: "dd", ddurl: DING }, 422, /no access_token/],
  [
    "another path",
    { type: "dd", ddurl: "https://oapi.dingtalk.com/x?access_token=S3CRET" },
    422,
    /\/robot\/send/,
  ],
  [
    "a robot of WeCom's without key",
    { type: "wx", wxurl: "https://qyapi.weixin.qq.com/cgi-bin/webhook/send" },
    422,
    /no key/,
  ],
  [
    "another host",
    { type: "dd", ddurl: "https://evil.example.com/robot/send?access_token=S3CRET" },
    403,
    /^ddurl: evil\.example\.com is not allowed; add it to allowed_targets/,
  ],
  [
    "the vendor's host without TLS",
    { type: "dd", ddurl: "http://oapi.dingtalk.com/robot/send?access_token=S3CRET" },
    403,
    /not allowed/,
  ],
  [
    "the vendor's host on another port",
    { type: "dd", ddurl: "https://oapi.dingtalk.com:8443/robot/send?access_token=S3CRET" },
    403,
    /not allowed/,
  ],
  [
    "a host that ends like the vendor's",
    { type: "dd", ddurl: "https://xoapi.dingtalk.com/robot/send?access_token=S3CRET" },
    403,
    /not allowed/,
  ],
  [
    "the vendor's host as a user",
    { type: "dd", ddurl: "https://oapi.dingtalk.com@evil.com/robot/send" },
    422,
    /^ddurl: a URL/,
  ],
  [
    "one bad robot among good ones",
    { type: "dd", ddurl: `${DING}?access_token=S3CRET,https://evil.com/robot/send?access_token=S3CRET` },
    403,
    /evil\.com/,
  ],
  [
    "another vendor's host",
    { type: "wx", wxurl: "https://oapi.dingtalk.com/cgi-bin/webhook/send?key=S3CRET" },
    403,
    /not allowed/,
  ],
  [
    "any address of a webhook",
    { type: "webhook", webhookurl: "https://oapi.dingtalk.com/x?S3CRET" },
    403,
    /not allowed/,
  ],
  [
    "the metadata service",
    { type: "webhook", webhookurl: "http://169.254.169.254/latest" },
    403,
    /not allowed/,
  ],
  ["the loopback", { type: "webhook", webhookurl: "http://[::1]:8000/" }, 403, /not allowed/],
  [
    "a mail to a stranger",
    { type: "email", email: "a@stranger.example" },
    403,
    /^email: stranger\.example is not allowed/,
  ],
  [
    "a mail without an account",
    { type: "email", email: "a@allowed.example" },
    422,
    /config\.host: is missing.*defaults\.email/,
  ],
  ["a mail to no address", { type: "email", email: "allowed.example" }, 422, /^Cannot use the target: /],
  [
    "too many robots",
    { type: "dd", ddurl: Array.from({ length: 21 }, (_, n) => `${DING}?access_token=${n}`).join() },
    422,
    /at most 20/,
  ],
];

for (const [what, query, status, words] of REFUSED) {
  Deno.test(`${what} is refused with ${status}, nothing is kept, and no secret is shown`, async () => {
    await using house = await testRelay({ yaml: "allowed_targets: [allowed.example]" });
    const answer = await send(house, query);
    equal(answer.status, status, answer.words);
    match(answer.words, words);
    doesNotMatch(answer.words, /S3CRET/);
    equal(await told(house), []);
    equal([...await house.relay.store.definitions.all()], []);
    equal(house.reports, []);
  });
}

const ALLOWED: [allowed: string, url: string, status: number][] = [
  ["hooks.example.com", "https://hooks.example.com/x", 200],
  ["hooks.example.com", "http://hooks.example.com/x", 200],
  ["HOOKS.example.com", "https://Hooks.Example.com/x", 200],
  ["hooks.example.com", "https://hooks.example.com:8443/x", 403],
  ["hooks.example.com:8443", "https://hooks.example.com:8443/x", 200],
  ["hooks.example.com:8443", "https://hooks.example.com/x", 403],
  ["example.com", "https://hooks.example.com/x", 403],
  ["10.0.0.5:8080", "http://10.0.0.5:8080/x", 200],
];

for (const [allowed, webhookurl, status] of ALLOWED) {
  Deno.test(`with ${allowed} allowed, ${webhookurl} is answered ${status}`, async () => {
    await using house = await testRelay({
      yaml: `allowed_targets: ["${allowed}"]`,
      fetch: () => Promise.resolve(new Response()),
    });
    equal((await send(house, { type: "webhook", webhookurl })).status, status);
  });
}

const BAD: [what: string, body: string, status: number, words: RegExp][] = [
  ["an empty body", "", 400, /not JSON: it is empty/],
  ["no alerts", "{}", 422, /^alerts: an array is needed/],
  ["a list", "[]", 422, /^body: an object is needed/],
  ["an alert without labels", '{"alerts":[{"status":"firing"}]}', 422, /^alerts\[0\]\.labels/],
];

for (const [what, body, status, words] of BAD) {
  Deno.test(`a payload with ${what} is refused whole at /prometheusalert, and no target is kept`, async () => {
    await using house = await testRelay();
    const answer = await send(house, { type: "dd", ddurl: `${DING}?access_token=S3CRET` }, body);
    equal(answer.status, status);
    match(answer.words, words);
    equal([...await house.relay.store.definitions.all()], []);
  });
}

Deno.test("who does not know the token, or does not post, is told so", async () => {
  await using house = await testRelay();
  const path = "/prometheusalert?type=dd";
  const denied = await house.request(path, { method: "POST", headers: { authorization: "" }, body: "{}" });
  equal([denied.status, typeof await denied.json()], [401, "string"]);
  const token = await house.request(`${path}&token=${SECRETS.intakeToken}`, {
    method: "POST",
    headers: { authorization: "" },
    body: JSON.stringify(BODY),
  });
  equal(token.status, 200);
  await token.body?.cancel();
  const got = await house.request(path);
  equal([got.status, got.headers.get("allow")], [405, "POST"]);
  match(await got.json(), /by POST/);
});

Deno.test("a group of a target is nobody's to name in another way", async () => {
  await using house = await testRelay({ fetch: () => Promise.resolve(Response.json({ errcode: 0 })) });
  await send(house, { type: "dd", ddurl: `${DING}?access_token=S3CRET` });
  const [[group]] = await told(house) as [[string]];
  const body = JSON.stringify(webhook({ labels: { team: "adhoc", x: "1" } }));
  for (const path of [`/webhook/${group}`, "/webhook"]) {
    await (await house.request(path, { method: "POST", body })).body?.cancel();
    const [newest] = await house.relay.store.journal.newest(1);
    equal(newest!.routing[0]!.group, "default/default");
  }
});
