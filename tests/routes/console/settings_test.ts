import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { discover } from "../../kit/channels.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { fill, filled } from "../../kit/form.ts";
import { testRelay } from "../../kit/relay.ts";

Deno.test("a member is added, changed, and not removed while a group names it", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const made = await fill(admin, "/members/new", { "value.id": "li.lei", "value.name": "李雷" });
  equal(made.status, 303, made.html);
  await api(house, "PUT", "config/groups/ops/1", { body: { members: ["li.lei"] } });
  equal((await fill(admin, "/members/li.lei", { "value.mobile": "13800000000" })).status, 303);
  equal(house.relay.config.members.get("li.lei"), { id: "li.lei", name: "李雷", mobile: "13800000000" });
  const again = await fill(admin, "/members/new", { "value.id": "li.lei" });
  equal(again.status, 422);
  match(again.html, /已经有同名的了/);
  const version = house.relay.configuration.item("members/li.lei")!.version;
  const refused = await admin.post("/members/li.lei/remove", { version });
  equal(refused.status, 409);
  match(refused.html, /还在使用[^]*groups\/ops\/1/);
  match((await admin.get("/members")).html, /李雷[^]*13800000000[^]*ops\/1/);
});

Deno.test("members whom a channel did not reach are shown on the members' page and on their group's", async () => {
  await using house = await testRelay({
    yaml: `
members: [{ id: li, name: 李雷, wecom: LiLei, mobile: "13800000000" }, { id: han, name: 韩梅梅 }]
groups: [{ owner: a, level: 1, members: [li, han] }]`,
  });
  const reach = {
    channel: "wecom_app",
    destination: "a/1/app",
    because: "60111 userid not found",
    reached: [],
  };
  await house.relay.store.recipients.note({ ...reach, failed: ["li"] }, house.clock.now());
  const viewer = await visitor(house, "viewer");
  match((await viewer.get("/members")).html, /李雷[^]*60111 userid not found/);
  const { html } = await viewer.get("/groups/a/1");
  match(
    html,
    /李雷[^]*已离职？[^]*13800000000[^]*LiLei[^]*企业微信应用: 60111 userid not found[^]*韩梅梅[^]*没有地址/,
  );
  equal(html.match(/已离职？/g)?.length, 1);
});

Deno.test("a department's secret is changed without a gap: the second is added, then the first goes", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const secrets = (): readonly string[] => house.relay.config.departments.get("srv")!.secrets;
  const path = "/settings/departments";
  const made = await fill(admin, `${path}/new`, { "value.dep": "srv", "value.secret": "the first secret" });
  equal([made.status, secrets()], [303, ["the first secret"]], made.html);
  equal((await fill(admin, `${path}/srv`, { "value.secret": "the second secret" })).status, 303);
  equal(secrets(), ["the second secret", "the first secret"]);
  const both = await admin.get(`${path}/srv`);
  ok(!both.html.includes("first secret"));
  const kept = filled(both).filter(([name]) => name.startsWith("kept:"));
  equal(kept.length, 2);
  const one = await admin.post(`${path}/srv`, filled(both).filter(([, value]) => value !== kept[1]![1]));
  equal([one.status, secrets()], [303, ["the second secret"]]);
});

Deno.test("links are rewritten as soon as they are saved, and can be tried before", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const saved = await fill(admin, "/settings/general/links", {
    "value[0].from": "http://prometheus-*:9090/",
    "value[0].to": "https://prom.example.com/",
  });
  equal(saved.status, 303, saved.html);
  const tried = await admin.get("/settings/general?try=http://prometheus-a:9090/graph");
  match(tried.html, /<code>https:\/\/prom\.example\.com\/graph<\/code>/);
  match((await admin.get("/settings/general?try=javascript:alert(1)")).html, /不会显示/);
  const asked = async (url: string): Promise<unknown> =>
    (await api(house, "POST", "links/test", { body: { url } })).body.url;
  equal(await asked("http://prometheus-a:9090/graph"), "https://prom.example.com/graph");
  equal(await asked("javascript:alert(1)"), null);
  const wrong = await fill(admin, "/settings/general/links", { "value[0].to": "nowhere" });
  equal(wrong.status, 422);
  match(wrong.html, /id="value-0-to-error"/);
  const emptied = await fill(admin, "/settings/general/links", { "value[0].from": "", "value[0].to": "" });
  equal([emptied.status, house.relay.configuration.item("links")], [303, undefined]);
});

const SECTIONS: readonly [string, Record<string, string>, unknown][] = [
  ["severities", { "value[0].key": "sev1", "value[0].value": "critical" }, { sev1: "critical" }],
  ["ignore_labels", { value: "replica\npod" }, ["replica", "pod"]],
  ["where_labels", { value: "region/shop\ndefault\n+door" }, ["region/shop", "default", "+door"]],
  ["hide_labels", { value: "default\ninternal_*" }, ["default", "internal_*"]],
  ["stale_after", { value: "12h" }, "12h"],
  ["retention", { "value.alerts": "7d" }, { alerts: "7d" }],
  ["allowed_targets", { value: "hooks.example.com" }, ["hooks.example.com"]],
  ["ocp", { "value.rules[0].key": "ob_down", "value.rules[0].value.level": "1" }, {
    rules: { ob_down: { level: "1" } },
  }],
];

for (const [section, fields, value] of SECTIONS) {
  Deno.test(`${section} is set by its form, and shown`, async () => {
    await using house = await testRelay();
    const admin = await visitor(house);
    const saved = await fill(admin, `/settings/general/${section}`, fields);
    equal(saved.status, 303, saved.html);
    equal(house.relay.configuration.item(section)!.value, value);
    equal((await admin.get("/settings/general")).status, 200);
    equal((await admin.get(`/settings/general/${section}`)).status, 200);
  });
}

Deno.test("one more row is asked for without losing what was typed", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const page = await fill(admin, "/settings/general/links", {
    "value[0].from": "http://a/",
    more: "value",
    rows: "1",
  });
  equal(page.status, 200);
  match(page.html, /value="http:\/\/a\/"/);
  match(page.html, /name="value\[2\]\.from"/);
  equal(house.relay.configuration.item("links"), undefined);
});

Deno.test("a file is pasted, its plan is shown, and applied only while it is still the plan", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const yaml =
    "members: [{ id: li }]\ngroups: [{ owner: a, level: 1, members: [li], destinations: [{ channel: inbox }] }]\n";
  const plan = await admin.post("/settings/file", { yaml });
  match(plan.html, /新增[^]*members\/li[^]*groups\/a\/1/);
  equal(house.relay.config.groups.has("a/1"), false);
  const hash = /name="hash" value="([^"]+)"/.exec(plan.html)![1]!;
  await api(house, "PUT", "config/members/han", { body: {} });
  const moved = await admin.post("/settings/file", { yaml, hash });
  equal(moved.status, 409);
  match(moved.html, /删除[^]*members\/han/);
  const next = /name="hash" value="([^"]+)"/.exec(moved.html)![1]!;
  equal((await admin.post("/settings/file", { yaml, hash: next })).status, 303);
  equal([house.relay.config.groups.has("a/1"), house.relay.config.members.has("han")], [true, false]);
});

for (
  const [yaml, words] of [
    ["groups: [", /不是正确的 YAML/],
    ["groups: [{ owner: a, level: 1, members: [nobody] }]", /groups\/a\/1 members\[0\]: 没有成员“nobody”/],
    ["groupz: []", /groupz[^]*没有这个设置/],
    ["stale_after: ${HOME}", /没有设置环境变量 HOME/],
  ] as const
) {
  Deno.test(`the file ${JSON.stringify(yaml)} is refused with the place and the reason`, async () => {
    await using house = await testRelay();
    const page = await (await visitor(house)).post("/settings/file", { yaml });
    equal(page.status, 422);
    match(page.html, words);
    match(page.html, /<textarea[^>]*>[^<]*[a-z]/);
    equal(house.relay.configuration.revision, 0);
  });
}

Deno.test("the export is a file without a secret in it", async () => {
  await using house = await testRelay();
  await api(house, "PUT", "config/departments/srv", { body: { secret: "A0/+=&%23 cd" } });
  const { html, headers, status } = await (await visitor(house)).get("/settings/file/export");
  equal(status, 200);
  match(headers.get("content-disposition") ?? "", /attachment; filename="fenghuo\.yaml"/);
  match(html, /secret: \$\{SRV_SECRET\}/);
  ok(!html.includes("A0/+="));
});

Deno.test("the console's own export is imported as it is, and changes nothing; a secret stays where it is", async () => {
  const yaml = `
groups:
  - owner: file
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T1, secret: SECone } }]`;
  await using house = await testRelay({ yaml });
  await api(house, "PUT", "config/departments/srv", { body: { secret: ["A0/+=&%23 cd", "second"] } });
  await api(house, "PUT", "config/groups/ops/1", {
    body: { destinations: [{ channel: "dingtalk_robot", config: { token: "T2", secret: "SECtwo" } }] },
  });
  const before = house.relay.configuration.stored.departments;
  const admin = await visitor(house);
  const { html: exported } = await admin.get("/settings/file/export");
  ok(exported.includes("${OPS_1_DINGTALK_ROBOT_TOKEN}"), exported);
  const en = { headers: { "accept-language": "en" } };
  for (const prune of [{}, { prune: "on" }]) {
    const plan = await admin.post("/settings/file", { yaml: exported, ...prune }, en);
    equal(plan.status, 200, plan.html);
    match(plan.html, /No changes: it is the same already/);
  }
  // A change next to it is applied, with the stored secrets.
  const changed = exported.replace(/owner: ops/, "owner: ops\n    window: 7m");
  const plan = await admin.post("/settings/file", { yaml: changed });
  const hash = /name="hash" value="([^"]+)"/.exec(plan.html)![1]!;
  equal((await admin.post("/settings/file", { yaml: changed, hash })).status, 303);
  const group = house.relay.config.groups.get("ops/1")!;
  equal([group.window, group.destinations[0]!.config], [420_000, {
    ...group.destinations[0]!.config as object,
    token: "T2",
    secret: "SECtwo",
  }]);
  equal(house.relay.configuration.stored.departments, before);
  // A program may do the same.
  equal((await api(house, "POST", "config/plan", { body: { yaml: exported } })).body.changes.length, 1);
  // Another's secret cannot be had by its variable.
  const stolen = "departments: { other: { secret: '${OPS_1_DINGTALK_ROBOT_TOKEN}' } }";
  equal((await admin.post("/settings/file", { yaml: stolen })).status, 422);
});

Deno.test("all that is wrong with a file is said at once", async () => {
  await using house = await testRelay();
  const yaml = `
departments: { srv: { secret: "\${NOT_SET}" } }
members: [{ id: li }, { id: li }]
groups:
  - { owner: a, level: 1, members: [nobody], windw: 5m }
  - { owner: b, level: 1, destinations: [{ channel: dingtak_robot }] }
stale_after: soon
groupz: []`;
  const admin = await visitor(house);
  const { status, html } = await admin.post("/settings/file", { yaml }, {
    headers: { "accept-language": "en" },
  });
  equal(status, 422);
  for (
    const words of [
      /NOT_SET is not set/,
      /no member .*nobody|nobody/,
      /windw/,
      /dingtak_robot/,
      /stale_after/,
      /groupz/,
    ]
  ) {
    match(html, words);
  }
  const { body } = await api(house, "POST", "config/plan", { body: { yaml } });
  ok(body.complaints.length >= 6, JSON.stringify(body));
});

Deno.test("a channel that cannot be loaded is named with its reason and with the destinations that wait for it", async () => {
  const found = await discover();
  const broken = new Map([["acme", 'Cannot load channel from "acme.ts": <b>Unexpected token</b>']]);
  await using house = await testRelay({
    channels: { ...found, broken },
    yaml: "groups: [{ owner: a, level: 1, destinations: [{ channel: acme, config: { token: hush-hush } }] }]",
  });
  const viewer = await visitor(house, "viewer");
  const { html } = await viewer.get("/channels");
  match(html, /acme[^]*Unexpected token[^]*a\/1\/acme/);
  ok(!html.includes("<b>Unexpected"));
  match(html, /钉钉机器人[^]*20 \/ 1 /);
  const admin = await visitor(house);
  for (const path of ["/groups", "/groups/a/1", "/groups/a/1/destinations/acme"]) {
    const page = await admin.get(path);
    equal(page.status, 200, path);
    ok(!page.html.includes("hush-hush"), path);
  }
});

Deno.test("what is wrong with a loaded channel is on the page of channels, with how often it came up", async () => {
  await using house = await testRelay();
  const { faults } = house.relay.query.channels;
  faults.add("gotify", "nobody awaits an error at gotify.ts:7:3: <b>boom</b>");
  faults.add("gotify", "nobody awaits an error at gotify.ts:7:3: <b>boom</b>");
  faults.add(undefined, "nobody catches an error");
  const page = await (await visitor(house, "viewer")).get("/channels");
  match(
    page.html,
    /gotify<\/bdi><\/strong> · [^<]*2[^<]*<\/p>\s*<p[^>]*>nobody awaits an error at gotify\.ts:7:3: &lt;b/,
  );
  match(page.html, /nobody catches an error/);
  const { body } = await api(house, "GET", "channels");
  equal(body.faults.map((fault: { times: number }) => fault.times), [2, 1]);
});

Deno.test("what destinations share is set once, and no destination must fill it in again", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const shared = await fill(admin, "/channels/email/defaults", {
    "value.host": "smtp.example.com",
    "value.from": "ops@example.com",
  });
  equal(shared.status, 303, shared.html);
  await api(house, "PUT", "config/groups/ops/1", { body: {} });
  const path = "/groups/ops/1/destinations?channel=email";
  match((await admin.get(path)).html, /smtp\.example\.com/);
  equal((await fill(admin, path, { "value.config.to": "li@example.com" })).status, 303);
  const [destination] = house.relay.config.groups.get("ops/1")!.destinations;
  equal((destination!.config as { host: string }).host, "smtp.example.com");
});
