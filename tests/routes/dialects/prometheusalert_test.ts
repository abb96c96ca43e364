import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { startFeishu } from "../../../simulator/feishu.ts";
import { startWeCom } from "../../../simulator/wecom.ts";
import { SECRETS, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { startSmtp } from "../../kit/smtp.ts";

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
  const logged = await house.relay.store.log.newest(10);
  return logged.flatMap(({ routing }) => routing.map(({ group, by }) => [group, by]));
}

const hostOf = (url: string): string => new URL(url).host;

for (const type of ["dd", "wx", "fs", "email", "webhook"]) {
  Deno.test(`the type ${type} without a target is routed by its labels`, async () => {
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

/** A request with one target. */
const dd = (ddurl: string): Record<string, string> => ({ type: "dd", ddurl });
const wx = (wxurl: string): Record<string, string> => ({ type: "wx", wxurl });
const fs = (fsurl: string): Record<string, string> => ({ type: "fs", fsurl });
const toWebhook = (webhookurl: string): Record<string, string> => ({ type: "webhook", webhookurl });

/** A wrong name in an address, and the words of the message about it. */
const UNUSABLE: [what: string, query: Record<string, string>, words: RegExp][] = [
  ["no type", {}, /没有 type（可用：dd, wx, fs, webhook, email）/],
  ["an unknown type", { type: "txdx" }, /没有 type 为“\w+”的渠道/],
  ["a type of every object", { type: "constructor" }, /没有 type 为“\w+”的渠道/],
  ["Feishu's old address", fs("https://open.feishu.cn/open-apis/bot/hook/S3CRET"), /bot\/v2\/hook/],
  ["a stranger's Feishu", fs("https://evil.com/open-apis/bot/v2/hook/S3CRET"), /allowed_targets/],
  ["no URL", dd("S3CRET"), /ddurl：应为网址，例如/],
  ["a URL of another kind", toWebhook("file:///etc/passwd"), /webhookurl：应为网址/],
  ["a user in the URL", dd("https://u:S3CRET@oapi.dingtalk.com/robot/send"), /ddurl：应为网址/],
  ["a robot without token", dd(DING), /地址缺少 access_token/],
  ["another path", dd("https://oapi.dingtalk.com/x?access_token=S3CRET"), /\/robot\/send/],
  ["a robot of WeCom's without key", wx("https://qyapi.weixin.qq.com/cgi-bin/webhook/send"), /地址缺少 key/],
  [
    "another host",
    dd("https://evil.example.com/robot/send?access_token=S3CRET"),
    /ddurl：不允许 evil\.example\.com；请把它加入 fenghuo\.yaml 的 allowed_targets/,
  ],
  ["the vendor's host without TLS", dd("http://oapi.dingtalk.com/robot/send?access_token=S3CRET"), /不允许/],
  [
    "the vendor's host on another port",
    dd("https://oapi.dingtalk.com:8443/robot/send?access_token=S3CRET"),
    /不允许/,
  ],
  [
    "a host that ends like the vendor's",
    dd("https://xoapi.dingtalk.com/robot/send?access_token=S3CRET"),
    /不允许/,
  ],
  ["the vendor's host as a user", dd("https://oapi.dingtalk.com@evil.com/robot/send"), /ddurl：应为网址/],
  ["another vendor's host", wx("https://oapi.dingtalk.com/cgi-bin/webhook/send?key=S3CRET"), /不允许/],
  ["any address of a webhook", toWebhook("https://oapi.dingtalk.com/x?S3CRET"), /不允许/],
  ["the metadata service", toWebhook("http://169.254.169.254/latest"), /不允许/],
  ["the loopback", toWebhook("http://[::1]:8000/"), /不允许/],
  ["a mail to a stranger", { type: "email", email: "a@stranger.example" }, /email：不允许 stranger\.example/],
  [
    "a mail without an account",
    { type: "email", email: "a@allowed.example" },
    /config\.host：没有填写.*defaults\.email/,
  ],
  ["a mail to no address", { type: "email", email: "allowed.example" }, /目标无法使用：/],
];

for (const [what, query, words] of UNUSABLE) {
  Deno.test(`${what} is notified to the default group with what is wrong, nothing is kept, and no secret is shown`, async () => {
    await using house = await testRelay({ yaml: "allowed_targets: [allowed.example]" });
    equal((await send(house, query)).status, 200);
    equal(await told(house), [["default/default", "unusable_target"]]);
    const [message] = await house.relay.store.caches.newest("inbox", 1);
    const shown = JSON.stringify(message);
    match(shown, /发送方的这些要求未能执行/);
    match(shown.replaceAll('\\"', '"'), words);
    doesNotMatch(shown, /S3CRET/);
    equal([...await house.relay.store.definitions.all()], []);
    equal(house.reports, []);
  });
}

const ALLOWED: [allowed: string, url: string, by: string][] = [
  ["hooks.example.com", "https://hooks.example.com/x", "named"],
  ["hooks.example.com", "http://hooks.example.com/x", "named"],
  ["HOOKS.example.com", "https://Hooks.Example.com/x", "named"],
  ["hooks.example.com", "https://hooks.example.com:8443/x", "unusable_target"],
  ["hooks.example.com:8443", "https://hooks.example.com:8443/x", "named"],
  ["hooks.example.com:8443", "https://hooks.example.com/x", "unusable_target"],
  ["example.com", "https://hooks.example.com/x", "unusable_target"],
  ["10.0.0.5:8080", "http://10.0.0.5:8080/x", "named"],
];

for (const [allowed, webhookurl, by] of ALLOWED) {
  Deno.test(`with ${allowed} allowed, ${webhookurl} is ${by}`, async () => {
    await using house = await testRelay({
      yaml: `allowed_targets: ["${allowed}"]`,
      fetch: () => Promise.resolve(new Response()),
    });
    equal((await send(house, { type: "webhook", webhookurl })).status, 200);
    equal((await told(house)).map(([, by]) => by), [by]);
  });
}

const BAD: [what: string, body: string, status: number, words: RegExp][] = [
  ["an empty body", "", 400, /not JSON: it is empty/],
  ["alerts that are none", '{"alerts":{}}', 422, /^alerts: an array is needed/],
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

Deno.test("a request with a wrong token, or another method than POST, is refused with the reason", async () => {
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

Deno.test("the group of a target cannot be named in another way", async () => {
  await using house = await testRelay({ fetch: () => Promise.resolve(Response.json({ errcode: 0 })) });
  await send(house, { type: "dd", ddurl: `${DING}?access_token=S3CRET` });
  const [[group]] = await told(house) as [[string]];
  const body = JSON.stringify(webhook({ labels: { team: "adhoc", x: "1" } }));
  for (const path of [`/webhook/${group}`, "/webhook"]) {
    await (await house.request(path, { method: "POST", body })).body?.cancel();
    const [newest] = await house.relay.store.log.newest(1);
    equal(newest!.routing[0]!.group, "default/default");
  }
});

/** As people paste them: a robot's whole address, with nothing escaped. */
const PASTED: [what: string, query: string, tokens: string[], notice: RegExp | undefined][] = [
  ["a robot and its secret", "ddurl=BASE/robot/send?access_token=two&secret=SEC2&tpl=x", ["two"], undefined],
  [
    "two robots, each with its secret,",
    "ddurl=BASE/robot/send?access_token=one&secret=,BASE/robot/send?access_token=two&secret=SEC2&at=13800000000",
    ["one", "two"],
    undefined,
  ],
  [
    "a robot twice",
    "ddurl=BASE/robot/send?access_token=one&ddurl=BASE/robot/send?access_token=two%26secret=SEC2",
    ["one", "two"],
    undefined,
  ],
  [
    "a robot and a stranger",
    "ddurl=BASE/robot/send?access_token=one,https://evil.com/robot/send?access_token=S3CRET",
    ["one"],
    /不允许 evil\.com/,
  ],
  [
    "a phone beside a robot",
    "ddurl=BASE/robot/send?access_token=one&phone=13800000000",
    ["one"],
    /无法识别的参数：phone/,
  ],
];

for (const [what, query, tokens, notice] of PASTED) {
  Deno.test(`${what} that nobody escaped is understood`, async () => {
    await using dingtalk = await startDingTalk({
      robots: [{ token: "one" }, { token: "two", secret: "SEC2" }],
      now: () => Date.UTC(2026, 0, 31, 8),
    });
    await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(dingtalk.url)}"]` });
    const path = `/prometheusalert?type=dd&${query.replaceAll("BASE", dingtalk.url)}`;
    const response = await house.request(path, { method: "POST", body: JSON.stringify(BODY) });
    equal([response.status, await response.json()], [200, '{"errcode":0,"errmsg":"ok"}']);
    await house.settle();
    const texts = ["one", "two"].flatMap((token) =>
      dingtalk.robot(token).messages.map(({ text }) => [token, text] as const)
    );
    equal(texts.map(([token]) => token), tokens);
    for (const [, text] of texts) {
      match(text, /磁盘已满/);
      if (notice) match(text, notice);
      else doesNotMatch(text, /未能执行/);
      doesNotMatch(text, /S3CRET/);
    }
  });
}

Deno.test("fs: a signing secret in the address signs, at=all calls everybody, and any other name is said not to be called", async () => {
  await using feishu = await startFeishu({
    robots: [{ token: "hook", secret: "SEC+/=" }],
    now: () => Date.UTC(2026, 0, 31, 8),
  });
  await using house = await testRelay({ yaml: `allowed_targets: ["${hostOf(feishu.url)}"]` });
  const fsurl = `${feishu.url}/open-apis/bot/v2/hook/hook?sign=${encodeURIComponent("SEC+/=")}`;
  for (const at of ["all", "ou_1"]) {
    equal((await send(house, { type: "fs", fsurl, at }, webhook({ labels: { at } }))).status, 200);
  }
  const [all, one] = feishu.messages.map((message) => JSON.stringify(message));
  match(all!, /id=\\*"?all/);
  doesNotMatch(all!, /未能执行/);
  match(one!, /at：feishu_robot 无法 @ 指定的人/);
});

Deno.test("alertgroup: the groups of these names are notified, and an unknown one is reported", async () => {
  await using house = await testRelay({
    yaml: `
groups:
  - { owner: sa, level: default, destinations: [{ channel: inbox, config: {} }] }
  - { owner: dev, level: "1", aliases: [developers], destinations: [{ channel: inbox, config: {} }] }
`,
  });
  const cases: [alertgroup: string, groups: string[][], notice: RegExp | undefined][] = [
    ["sa,dev", [["sa/default", "named"], ["dev/1", "named"]], undefined],
    ["developers", [["dev/1", "named"]], undefined],
    ["sa,nobody", [["sa/default", "named"]], /alertgroup：没有组“nobody”/],
    ["nobody", [["default/default", "unusable_target"]], /alertgroup：没有组“nobody”/],
  ];
  for (const [alertgroup, groups, notice] of cases) {
    await send(house, { type: "dd", alertgroup }, webhook({ labels: { alertgroup } }));
    const [logged] = await house.relay.store.log.newest(1);
    equal(logged!.routing.map(({ group, by }) => [group, by]), groups);
    const words = JSON.stringify(logged!.alert).replaceAll('\\"', '"');
    if (notice) match(words, notice);
    else doesNotMatch(words, /notice/);
  }
});

const CUSTOM: [what: string, body: string, title: string, status: string, text: RegExp][] = [
  [
    "a template's own JSON",
    '{"title":"磁盘","level":"critical","content":"/data 满","time":"1"}',
    "磁盘",
    "firing",
    /\/data 满/,
  ],
  [
    "the same, resolved",
    '{"title":"磁盘","level":"critical","content":"/data 满","status":"resolved","time":"2"}',
    "磁盘",
    "resolved",
    /\/data 满/,
  ],
  [
    "JSON without a known field",
    '{"a":1,"b":{"c":[2]}}',
    "PrometheusAlert",
    "firing",
    /a: 1\nb: \{"c":\[2\]\}/,
  ],
  [
    "Aliyun's form",
    "alertName=CPU&alertState=ALERT&triggerLevel=WARN&curValue=97.39",
    "CPU",
    "firing",
    /curValue: 97\.39/,
  ],
  [
    "Grafana's old notification",
    '{"ruleName":"CPU","ruleId":6,"state":"alerting","title":"[Alerting] CPU","message":"太高","evalMatches":[]}',
    "CPU",
    "firing",
    /太高/,
  ],
];

for (const [what, body, title, status, text] of CUSTOM) {
  Deno.test(`${what} at /prometheusalert is taken as one alert`, async () => {
    await using house = await testRelay();
    const answer = await send(house, { type: "alydx", phone: "13800000000" }, body);
    equal(answer, { status: 200, words: '{"errcode":0,"errmsg":"ok"}' });
    equal(await told(house), [["default/default", "unusable_target"]]);
    const [logged] = await house.relay.store.log.newest(1);
    const alert = logged!.alert as { title?: string; status: string; text?: string };
    equal([alert.title, alert.status], [title, status]);
    match(alert.text ?? "", text);
  });
}

Deno.test("what a template's own JSON and Grafana's old notification resolve is what they fired", async () => {
  await using house = await testRelay();
  const grafana = (state: string): object => ({
    ruleName: "CPU",
    ruleId: 6,
    orgId: 1,
    state,
    title: `[${state}] CPU`,
    tags: { team: "x" },
  });
  const custom = (status: string, time: string): object => ({ title: "磁盘", host: "a", status, time });
  for (const body of [grafana("alerting"), grafana("ok"), custom("firing", "1"), custom("resolved", "2")]) {
    await send(house, { type: "dd" }, body);
  }
  equal((await house.relay.store.incidents.newest("open", 10)).length, 0);
  equal((await house.relay.store.incidents.newest("closed", 10)).length, 2);
  const old = await house.request("/webhook", { method: "POST", body: JSON.stringify(grafana("no_data")) });
  equal((await old.json()).accepted, 1);
});
