import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { testRelay } from "../../kit/relay.ts";

const YAML = `
members: [{ id: li }]
groups:
  - { owner: ops, level: default, members: [li], destinations: [{ channel: inbox }] }
  - { owner: dba, level: default }
rules:
  - { match: ['team="ops"', 'severity=~"critical|warning"'], group: ops/default }
  - { match: ['severity!="info"'], group: dba/default }`;

Deno.test("rules are tried on labels: which match, why not, and who would be notified", async () => {
  await using house = await testRelay({ yaml: YAML });
  const { body } = await api(house, "POST", "rules/test", {
    body: { labels: { team: "ops", severity: "page" } },
  });
  equal(body.rules, [
    {
      group: "ops/default",
      matches: false,
      matchers: [
        { matcher: 'team="ops"', value: "ops", matches: true },
        { matcher: 'severity=~"critical|warning"', value: "page", matches: false },
      ],
    },
    {
      group: "dba/default",
      matches: true,
      matchers: [{ matcher: 'severity!="info"', value: "page", matches: true }],
    },
  ]);
  equal(body.routed, [{ group: "dba/default", by: "rule", rule: 1, members: [], destinations: [] }]);
});

Deno.test("rules that are not saved are tried on an alert of the log, also on a folded one, and change nothing", async () => {
  await using house = await testRelay({ yaml: YAML.replace(/rules:[^]*/, "") });
  for (let time = 0; time < 2; time++) await house.accept({ labels: { a: "b" } });
  const [folded] = await house.relay.store.log.newest(1);
  const rules = [{ match: ["a=b"], group: "ops/default" }];
  const { body } = await api(house, "POST", "rules/test", { body: { alert: folded!.id, rules } });
  equal(body.routed, [{
    group: "ops/default",
    by: "rule",
    rule: 0,
    members: ["li"],
    destinations: [{ id: "ops/default/inbox", channel: "inbox" }],
  }]);
  equal(house.relay.config.rules, []);
  const wrong = await api(house, "POST", "rules/test", {
    body: { labels: {}, rules: [{ match: ["a"], group: "x/y" }] },
  });
  equal([wrong.status, wrong.body.complaints[0].path], [422, "[0].match[0]"]);
  for (const body of [{}, { labels: {}, alert: "x" }]) {
    equal((await api(house, "POST", "rules/test", { body })).status, 422);
  }
  equal((await api(house, "POST", "rules/test", { body: { alert: "nothing" } })).status, 404);
});

Deno.test("a test message goes to each destination of a group now, and says what the vendor said", async () => {
  await using sink = await startSink();
  await using gone = await startSink();
  gone.answer({ status: 403, body: `no access to ${gone.url}/secret-path` });
  await using house = await testRelay({
    yaml: `groups:
  - owner: ops
    level: default
    destinations:
      - { name: good, channel: webhook, config: { url: "${sink.url}" } }
      - { name: bad, channel: webhook, config: { url: "${gone.url}/secret-path" } }
      - { channel: inbox }`,
  });
  const { status, body } = await api(house, "POST", "groups/ops/default/test");
  equal(status, 200);
  equal(
    body.results.map((
      { destination, verdict, status }: Record<string, unknown>,
    ) => [destination, verdict, status]),
    [
      ["ops/default/good", "delivered", 200],
      ["ops/default/bad", "refused", 403],
      ["ops/default/inbox", "delivered", undefined],
    ],
  );
  match(JSON.stringify(sink.bodies[0]), /测试消息/);
  const [kept] = (await (await house.request("/inbox", {
    headers: { authorization: `Basic ${btoa("admin:test-password")}` },
  })).json()).messages;
  match(kept.title, /测试消息/);
  ok(!JSON.stringify(body).includes("secret-path"));
  equal(await house.relay.store.log.newest(1), [], "no alert");
  const proven = [...(await house.relay.store.proofs.all()).keys()];
  equal(proven, ["ops/default/good", "ops/default/inbox"], "what came through proves its destination");
  equal((await api(house, "POST", "groups/ops/nothing/test")).status, 404);
});

Deno.test("a destination is tested before it is saved, with the secrets that are saved", async () => {
  await using house = await testRelay();
  const robots = [{ token: "right-token", secret: "SEC-right" }];
  await using vendor = await startDingTalk({ robots, now: () => house.clock.now() });
  const config = { token: "right-token", secret: "SEC-right", base: vendor.url };
  const saved = await api(house, "PUT", "config/groups/ops/1", {
    body: { destinations: [{ name: "robot", channel: "dingtalk_robot", config }] },
  });
  equal(saved.status, 200, JSON.stringify(saved.body));
  const test = (destination: unknown, group?: string): ReturnType<typeof api> =>
    api(house, "POST", "destinations/test", { body: { destination, ...group ? { group } : {} } });
  const [shown] = saved.body.value.destinations;
  const kept = await test({ ...shown, fallback: "none", name: "new" }, "ops/1");
  equal([kept.body.verdict, kept.body.destination], ["delivered", "ops/1/new"], JSON.stringify(kept.body));
  const wrong = await test({ ...shown, config: { ...shown.config, token: "wrong-token" } }, "ops/1");
  equal(wrong.body.verdict, "refused");
  ok(!JSON.stringify([wrong.body, kept.body]).includes("-token"));
  const complaint = await test({ channel: "dingtalk_robot", config: {} });
  equal([complaint.status, complaint.body.complaints[0].path], [422, "destinations[0].config.token"]);
  equal((await test({ channel: "inbox" })).body.verdict, "delivered");
  equal((await house.relay.store.proofs.all()).size, 0, "what is not saved proves nothing");
  equal([...house.relay.config.groups.get("ops/1")!.destinations.map(({ name }) => name)], ["robot"]);
});

Deno.test("rules that would take long to compile, and labels that would take long to match, are refused in words", async () => {
  await using house = await testRelay({ yaml: YAML });
  const rulesOf = (patterns: readonly string[]): unknown[] =>
    patterns.map((pattern) => ({ match: [`team=~"${pattern}"`], group: "ops/default" }));
  const table: readonly (readonly [body: Record<string, unknown>, message: RegExp])[] = [
    [
      { rules: rulesOf(Array.from({ length: 40 }, (_, at) => `${"(?:x*){1000}".repeat(80)}${at}`)) },
      /compiles to about 4\d{5} instructions; 2000 are allowed/,
    ],
    [
      { rules: rulesOf(Array.from({ length: 40 }, (_, at) => `x{${900 + at}}`)) },
      /rules: costs too much together with those before it: all matchers may have 20000/,
    ],
    [{ rules: Array(2_001).fill(rulesOf(["a"])[0]) }, /rules: must have at most 2000 entries/],
    [{ labels: { team: "x".repeat(4_001) } }, /labels\.team: must have at most 4000 characters/],
    [
      { labels: Object.fromEntries(Array.from({ length: 201 }, (_, at) => [`l${at}`, ""])) },
      /labels: must have at most 200 labels/,
    ],
  ];
  for (const [body, message] of table) {
    const started = performance.now();
    const { status, body: answer } = await api(house, "POST", "rules/test", {
      body: { labels: { team: "ops" }, ...body },
    });
    equal(status, 422);
    match(JSON.stringify(answer), message);
    ok(performance.now() - started < 1_000, `${performance.now() - started} ms`);
  }
});
