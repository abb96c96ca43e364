import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { SECRETS, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";

const YAML = `
groups:
  - { owner: ops, level: default, aliases: [webhook1, ops_dingding], destinations: [{ channel: inbox, config: {} }] }
  - { owner: dba, level: "3", destinations: [{ channel: inbox, config: {} }] }
  - { owner: web, level: "1", destinations: [{ channel: inbox, config: {} }] }
  - { owner: web, level: "2", destinations: [{ channel: inbox, config: {} }] }
`;

async function groupsTold(house: TestRelay): Promise<string[][]> {
  const [logged] = await house.relay.store.log.newest(1);
  return logged!.routing.map(({ group, by }) => [group, by]);
}

const TARGETS: [target: string, group: string, by: string][] = [
  ["webhook1", "ops/default", "named"],
  ["ops_dingding", "ops/default", "named"],
  ["ops", "ops/default", "named"],
  ["dba", "dba/3", "named"],
  ["web", "default/default", "unknown_group"],
  ["nobody", "default/default", "unknown_group"],
  ["%E5%91%8A%E8%AD%A6", "default/default", "unknown_group"],
  ["__proto__", "default/default", "unknown_group"],
  ["adhoc", "default/default", "unknown_group"],
];

for (const [target, group, by] of TARGETS) {
  Deno.test(`the target ${target} names ${group}, because it is ${by}`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const body = JSON.stringify(webhook({ labels: { instance: "a" } }, { labels: { instance: "b" } }));
    const response = await house.request(`/dingtalk/${target}/send`, { method: "POST", body });
    equal([response.status, await response.text()], [200, "OK"]);
    match(response.headers.get("content-type") ?? "", /^text\/plain/);
    equal(await groupsTold(house), [[group, by]]);
    equal((await house.relay.store.log.newest(10)).length, 2);
  });
}

Deno.test("the same alert is the same at this door and at /webhook", async () => {
  await using house = await testRelay({ yaml: YAML });
  const body = JSON.stringify(webhook({}));
  for (const path of ["/webhook/ops/default", "/dingtalk/webhook1/send"]) {
    await (await house.request(path, { method: "POST", body })).body?.cancel();
  }
  const [logged] = await house.relay.store.log.newest(1);
  equal(logged!.routing.map(({ outcome }) => outcome.kind), ["folded"]);
});

const CREDENTIALS: [what: string, query: string, headers: HeadersInit, status: number][] = [
  ["a query", `?token=${SECRETS.intakeToken}`, { authorization: "" }, 200],
  ["Basic", "", { authorization: `Basic ${btoa(`am:${SECRETS.intakeToken}`)}` }, 200],
  ["nothing", "", { authorization: "" }, 401],
  ["a wrong query", "?token=nope", { authorization: "" }, 401],
];

for (const [what, query, headers, status] of CREDENTIALS) {
  Deno.test(`an Alertmanager with ${what} is answered ${status} at /dingtalk`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const body = JSON.stringify(webhook({}));
    const response = await house.request(`/dingtalk/ops/send${query}`, { method: "POST", headers, body });
    const text = await response.text();
    equal(response.status, status, text);
    ok(!text.includes(SECRETS.intakeToken));
  });
}

Deno.test("an open intake asks for no token at /dingtalk", async () => {
  await using house = await testRelay({ yaml: YAML, env: { FENGHUO_OPEN_INTAKE: "1" } });
  const response = await house.request("/dingtalk/ops/send", {
    method: "POST",
    headers: { authorization: "" },
    body: JSON.stringify(webhook({})),
  });
  equal(await response.text(), "OK");
});

const BAD: [what: string, body: string, status: number, words: RegExp][] = [
  ["an empty body", "", 400, /^The body is not JSON: it is empty$/],
  ["no JSON", "{", 400, /^The body is not JSON/],
  ["null", "null", 422, /^body: an object is needed, not null$/],
  ["no alerts", "{}", 422, /^alerts: an array is needed, not nothing$/],
  ["an alert without labels", '{"alerts":[{"status":"firing"}]}', 422, /^alerts\[0\]\.labels: /],
  ["deep nesting", "[".repeat(100_000), 400, /not JSON/],
];

for (const [what, body, status, words] of BAD) {
  Deno.test(`a payload with ${what} is refused whole at /dingtalk, in plain text`, async () => {
    await using house = await testRelay({ yaml: YAML });
    const response = await house.request("/dingtalk/ops/send", { method: "POST", body });
    equal(response.status, status);
    match(response.headers.get("content-type") ?? "", /^text\/plain/);
    match(await response.text(), words);
    equal(await house.relay.store.log.newest(1), []);
    equal(house.reports, []);
  });
}

Deno.test("a store that fails is answered 503, which Alertmanager tries again", async () => {
  const kv = await Deno.openKv(":memory:");
  await using house = await testRelay({ yaml: YAML, kv });
  kv.close();
  const response = await house.request("/dingtalk/ops/send", {
    method: "POST",
    body: JSON.stringify(webhook({})),
  });
  equal(response.status, 503);
  await response.body?.cancel();
});
