/** Requests of senders of other products beyond the examples: hostile words, several groups, no token, large bodies. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Alert } from "../../../relay/domain/alert.ts";
import { appriseRoutes } from "../../../routes/dialects/apprise.ts";
import { reading, readingOfStrangers } from "../../../routes/http/reading.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

const TOKEN = SECRETS.intakeToken;
const YAML = `
groups:
  - { owner: default, level: default, destinations: [{ channel: inbox }] }
  - { owner: ops, level: default, robot_token: token-of-ops, destinations: [{ channel: inbox }] }
  - { owner: web, level: default, destinations: [{ channel: inbox }] }`;

/** A request, which posts unless it says otherwise. */
type Sent = RequestInit & { path: string };

async function send(house: TestRelay, { path, ...init }: Sent): Promise<{ status: number; text: string }> {
  const response = await house.request(path, { method: "POST", ...init });
  return { status: response.status, text: await response.text() };
}

/** A message with this text, and with this word for its severity, at each address that has both. */
const PUBLISHED: readonly (readonly [name: string, sent: (text: string, word: string) => Sent])[] = [
  ["bark", (body, level) => ({ path: "/push", body: JSON.stringify({ device_key: TOKEN, body, level }) })],
  ["apprise", (body, type) => ({ path: `/notify/${TOKEN}`, body: JSON.stringify({ body, type }) })],
  ["ntfy", (body, priority) => ({ path: "/ops", body, headers: { priority } })],
  ["gotify", (message) => ({ path: `/message?token=${TOKEN}`, body: JSON.stringify({ message }) })],
];

for (const [name, sent] of PUBLISHED) {
  const words = name === "gotify" ? [] : ["constructor", "__proto__", "toString"]; // Gotify's are numbers
  for (const word of words) {
    Deno.test(`${name}: a severity named ${word} is an unknown one`, async () => {
      await using house = await testRelay({ yaml: YAML });
      const { status, text } = await send(house, sent("is full", word));
      equal(status, 200, text);
      const [logged] = await house.relay.store.log.newest(1);
      ok(["warning", "info"].includes((logged!.alert as Alert).severity));
      equal(house.reports, []);
    });
  }

  Deno.test(`${name}: a message that is JSON stays as it is`, async () => {
    await using house = await testRelay({ yaml: YAML });
    for (const words of ['{"error":"disk full"}', "[1]"]) {
      const { status, text } = await send(house, sent(words, "info"));
      equal(status, 200, text);
      const [logged] = await house.relay.store.log.newest(1);
      equal((logged!.alert as Alert).text, words);
    }
  });
}

Deno.test("details named like the relay's own labels, or __proto__, change neither the severity nor the name", async () => {
  await using house = await testRelay({ yaml: YAML });
  const details = '{"severity":"low","alertname":"other","__proto__":"p","host":"db-1"}';
  const bodies = [
    [
      "/v2/enqueue",
      `{"routing_key":"${TOKEN}","event_action":"trigger","payload":{"summary":"Disk",` +
      `"severity":"critical","custom_details":${details}}}`,
    ],
    ["/v2/alerts", `{"message":"Disk","priority":"P1","details":${details}}`],
  ] as const;
  for (const [path, body] of bodies) {
    const answer = await send(house, { path, body, headers: { authorization: `GenieKey ${TOKEN}` } });
    equal(answer.status, 202, answer.text);
    const [logged] = await house.relay.store.log.newest(1);
    const { alertname, severity, host } = (logged!.alert as Alert).labels;
    equal([alertname, severity, host], ["Disk", "critical", "db-1"]);
  }
});

Deno.test("the picture of an event of PagerDuty is a web address", async () => {
  await using house = await testRelay({ yaml: YAML });
  const images = [{ src: "javascript:alert(1)" }, { src: "https://a.example.com/1.png" }];
  await send(house, {
    path: "/v2/enqueue",
    body: JSON.stringify({
      routing_key: TOKEN,
      event_action: "trigger",
      payload: { summary: "Disk" },
      images,
    }),
  });
  const [logged] = await house.relay.store.log.newest(1);
  equal((logged!.alert as Alert).links, [{ kind: "image", url: "https://a.example.com/1.png" }]);
});

Deno.test("an answer to a wrong event of PagerDuty names a few of its faults", async () => {
  await using house = await testRelay({ yaml: YAML });
  const links = Array(5_000).fill({});
  const { status, text } = await send(house, {
    path: "/v2/enqueue",
    body: JSON.stringify({ routing_key: TOKEN, event_action: "trigger", payload: { summary: "x" }, links }),
  });
  equal([status, JSON.parse(text).errors.length], [400, 20]);
});

Deno.test("a robot's token publishes to the topics of its own group only", async () => {
  await using house = await testRelay({ yaml: YAML });
  const headers = { authorization: "Bearer token-of-ops" };
  equal((await send(house, { path: "/ops", body: "x", headers })).status, 200);
  const { status, text } = await send(house, { path: "/web", body: "x", headers });
  equal(status, 403);
  match(text, /"code":40301,"http":403,"error":"forbidden/);
  equal((await house.relay.store.log.newest(5)).length, 1);
});

Deno.test("JSON at the root, with a robot's token, is a message for ntfy", async () => {
  await using house = await testRelay({ yaml: YAML });
  const headers = { authorization: "Bearer token-of-ops" };
  const message = {
    topic: "ops",
    title: "Disk",
    message: "is full",
    priority: 5,
    tags: ["disk", "db"],
    click: "https://a.example.com/",
  };
  const { status, text } = await send(house, { path: "/", headers, body: JSON.stringify(message) });
  const { topic, title, message: answered } = JSON.parse(text);
  equal([status, topic, title, answered], [200, "ops", "Disk", "is full"]);
  const [logged] = await house.relay.store.log.newest(1);
  const { dialect, severity, labels, links } = logged!.alert as Alert;
  equal([dialect, severity, labels.tags, links], [
    "ntfy",
    "critical",
    "disk,db",
    [{ kind: "source", url: "https://a.example.com/" }],
  ]);
  const refused: [body: unknown, status: number, error: RegExp][] = [
    [{ topic: "web", message: "x" }, 403, /^forbidden: the token is of ops\/default/],
    [{ topic: "nobody", message: "x" }, 404, /^page not found/],
    [{ topic: ["ops"] }, 400, /message JSON: topic: a string is needed, not an array$/],
    [{ topic: "ops", priority: "high" }, 400, /message JSON: priority: a number is needed, not a string$/],
    [[], 400, /message JSON: body: an object is needed, not an array$/],
  ];
  for (const [body, status, error] of refused) {
    const answer = await send(house, { path: "/", headers, body: JSON.stringify(body) });
    equal(answer.status, status, answer.text);
    match(JSON.parse(answer.text).error, error);
  }
  const put = await send(house, { method: "PUT", path: "/", headers, body: '{"topic":"ops","message":"x"}' });
  equal(put.status, 200, put.text);
  equal((await house.relay.store.log.newest(5)).length, 2);
});

Deno.test("the root stays Alertmanager's for the intake token", async () => {
  await using house = await testRelay({ yaml: YAML });
  const body = JSON.stringify({ alerts: [{ status: "firing", labels: { alertname: "A" } }] });
  const { status, text } = await send(house, {
    path: "/",
    body,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  equal([status, JSON.parse(text).accepted], [200, 1]);
});

for (
  const [path, body, answer] of [
    ["/push", { device_key: TOKEN, title: [] }, "title: a string is needed, not an array"],
    [`/notify/${TOKEN}`, [], "body: an object is needed, not an array"],
    [`/message?token=${TOKEN}`, {}, "'message': a string is needed, not nothing"],
    ["/v2/enqueue", { routing_key: TOKEN, event_action: "x" }, '"acknowledge" or "resolve" is needed'],
  ] as const
) {
  Deno.test(`a value of a wrong type at ${path.split("?")[0]!.replace(TOKEN, "…")} is named in plain words`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const { text } = await send(house, { path, body: JSON.stringify(body) });
    ok(text.replaceAll('\\"', '"').includes(answer), text);
  });
}

Deno.test("the short names of ntfy's headers and parameters count", async () => {
  await using house = await testRelay({ yaml: YAML });
  await send(house, { path: "/ops?p=5&ta=disk", headers: { t: "Disk", m: "is full" } });
  const [logged] = await house.relay.store.log.newest(1);
  const { title, text, severity, labels } = logged!.alert as Alert;
  equal([title, text, severity, labels.tags], ["Disk", "is full", "critical", "disk"]);
});

Deno.test("an open intake accepts a message without a token, but not a page's", async () => {
  await using house = await testRelay({ yaml: YAML, env: { FENGHUO_OPEN_INTAKE: "1" } });
  const authorization = "none";
  const gotify = { path: "/message", body: '{"message":"x"}' };
  equal((await send(house, { ...gotify, headers: { authorization } })).status, 200);
  equal((await send(house, { path: "/ops", body: "x", headers: { authorization } })).status, 200);
  const origin = "https://evil.example.com";
  equal((await send(house, { ...gotify, headers: { authorization, origin } })).status, 403);
});

Deno.test("a page cannot use the password that its browser keeps", async () => {
  await using house = await testRelay({ yaml: YAML });
  const authorization = `Basic ${btoa(`:${TOKEN}`)}`;
  const origin = "https://evil.example.com";
  for (const path of ["/ops", "/message"]) {
    const body = '{"message":"x"}';
    equal((await send(house, { path, body, headers: { authorization, origin } })).status, 403, path);
    equal((await send(house, { path, body, headers: { authorization } })).status, 200, path);
  }
});

Deno.test("Bark's keys are notified once each, and too many are refused as a whole", async () => {
  await using house = await testRelay({ yaml: YAML });
  const push = (device_keys: readonly string[]): Sent => ({
    path: "/push",
    body: JSON.stringify({ device_keys, title: "x" }),
  });
  equal((await send(house, push([TOKEN, TOKEN, "token-of-ops"]))).status, 200);
  equal((await house.relay.store.log.newest(5)).length, 2);
  const many = await send(house, push(["token-of-ops", ...Array(100).keys().map(String)]));
  equal(many.status, 400);
  match(many.text, /exceeds the maximum limit: 100/);
  equal((await house.relay.store.log.newest(5)).length, 2);
});

for (const path of ["/push", "/v2/enqueue", "/in/free"]) {
  Deno.test(`a body sent to ${path} by anybody counts in the budget of strangers`, async () => {
    await using house = await testRelay({
      yaml: `${YAML}\ndoors: [{ name: free, auth: none, title: $.title }]`,
    });
    const { promise: end, resolve } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller): Promise<void> {
        controller.enqueue(new Uint8Array(100_000).fill(32));
        await end;
        controller.close();
      },
    });
    const answer = send(house, { path, body });
    while (readingOfStrangers.held === 0 && reading.held === 0) await new Promise((go) => setTimeout(go, 1));
    equal([readingOfStrangers.held > 0, reading.held], [true, 0]);
    resolve();
    equal((await answer).status, 400);
  });
}

Deno.test("the key in an address of Apprise is not in the log when something breaks", async () => {
  await using house = await testRelay({ yaml: YAML });
  const reports: string[] = [];
  const broken = { ...house.relay, accept: () => Promise.reject(new Error("broken")) };
  const app = appriseRoutes(broken, { report: (words) => void reports.push(words) });
  const response = await app.request(`/notify/${TOKEN}`, { method: "POST", body: '{"body":"x"}' });
  equal(response.status, 500);
  equal([reports.length, reports[0]!.includes("/notify/••••"), reports[0]!.includes(TOKEN)], [
    1,
    true,
    false,
  ]);
});

Deno.test("a busy relay says when to try again, in any product's words", async () => {
  const kv = await Deno.openKv(":memory:");
  await using house = await testRelay({ yaml: YAML, kv });
  kv.close();
  for (const [name, sent] of PUBLISHED) {
    const { path, ...init } = sent("x", "");
    const response = await house.request(path, { method: "POST", ...init });
    await response.body?.cancel();
    equal([response.status, response.headers.get("retry-after")], [503, "5"], name);
  }
});

Deno.test("the API's description has the status that the senders of PagerDuty and Opsgenie wait for", async () => {
  await using house = await testRelay({ yaml: YAML });
  const headers = { authorization: `Basic ${btoa(`admin:${SECRETS.adminPassword}`)}` };
  const { paths } = await (await house.request("/api/openapi.json", { headers })).json();
  for (const path of ["/v2/enqueue", "/v2/alerts", "/v2/alerts/{alias}/close"]) {
    equal(Object.keys(paths[path].post.responses)[0], "202", path);
  }
});
