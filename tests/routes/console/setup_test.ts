import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { api } from "../../kit/api.ts";
import { type Page, type Visitor, visitor } from "../../kit/console.ts";
import { filled } from "../../kit/form.ts";
import { testRelay } from "../../kit/relay.ts";

/** Go from the present step to the one that a form leads to. */
async function go(who: Visitor, path: string, fields: Readonly<Record<string, string>>): Promise<Page> {
  const page = await who.post(path, fields);
  return page.status === 303 ? await who.get(page.headers.get("location")!) : page;
}

/** Fill in the form of the second step and press one of its buttons. */
async function test(who: Visitor, fields: Readonly<Record<string, string>>, act = "test"): Promise<Page> {
  const page = await who.post("/setup/test", [
    ...filled(await who.get("/setup/test"), fields),
    ["act", act],
  ]);
  return page.status === 303 ? await who.get(page.headers.get("location")!) : page;
}

Deno.test("a pasted address becomes a tested destination of the default group, a wrong token first", async () => {
  await using house = await testRelay();
  await using dingtalk = await startDingTalk({
    robots: [{ token: "T+1", secret: "SECx" }],
    now: () => house.clock.now(),
  });
  const admin = await visitor(house);
  equal((await admin.get("/setup")).headers.get("location"), "/setup/channel");
  const address = (token: string): string =>
    `${dingtalk.url}/robot/send?access_token=${encodeURIComponent(token)}`;
  const recognised = await go(admin, "/setup/channel", { address: address("wrong-token") });
  match(recognised.html, /已识别[\s\S]*钉钉机器人/);
  doesNotMatch(recognised.html, /wrong-token/);

  const refused = await test(admin, {});
  match(refused.html, /access_token 不存在/);
  match(refused.html, />重试</);
  equal((await admin.post("/setup/group", { kind: "default" })).headers.get("location"), "/setup");

  const unsigned = await test(admin, { "value.config.token": address("T+1") });
  match(unsigned.html, /加签密钥缺失或不正确/);
  const delivered = await test(admin, { "value.config.secret": "SECx" });
  match(delivered.html, /确认收到测试消息/);
  equal(dingtalk.robot("T+1").messages.length, 1);
  equal(house.relay.config.groups.size, 1, "nothing is saved before the end");

  const named = await test(admin, {}, "next");
  match(named.html, /value="default" checked/);
  const last = await go(admin, "/setup/group", { kind: "default" });
  match(last.html, /所有未命中路由规则的告警/);
  equal((await admin.get("/setup")).headers.get("location"), "/setup/alerts", "it can be left and resumed");
  const done = await go(admin, "/setup/alerts", { act: "finish", kind: "none" });
  match(done.html, /接入完成/);
  equal((await admin.get("/setup")).headers.get("location"), "/setup/channel");

  const { destinations } = house.relay.config.groups.get("default/default")!;
  equal(destinations.map(({ name }) => name), ["inbox", "dingtalk_robot"]);
  await house.fire({ labels: { alertname: "HighCPU" } });
  equal(dingtalk.robot("T+1").messages.length, 2);
});

Deno.test("a group of its own gets the alerts with the chosen labels of a recent one", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }] });
  await using house = await testRelay();
  await house.fire({ labels: { alertname: "HighCPU", team: "dba", instance: "db-1" } });
  await house.fire({ labels: { alertname: "HighCPU", team: "web", instance: "web-1" } });
  const admin = await visitor(house);
  await api(house, "PUT", "config/rules", { body: [{ match: ["a=b"], group: "default/default" }] });
  await go(admin, "/setup/channel", { address: `${dingtalk.url}/robot/send?access_token=T` });
  await test(admin, {});
  await test(admin, {}, "next");
  const wrong = await go(admin, "/setup/group", { kind: "own", owner: "d/b", level: "" });
  match(wrong.html, /id="owner-error"[\s\S]*id="level-error"/);
  const page = await go(admin, "/setup/group", { kind: "own", owner: "dba", level: "1" });
  match(page.html, /name="labels\[\]" value="team" checked/);
  match(page.html, /最近 2 条告警中有 1 条匹配/);
  const [, id = ""] = /<option value="([^"]+)"[^>]*>HighCPU · db-1/.exec(page.html) ?? [];
  const none = await go(admin, "/setup/alerts", { act: "finish", kind: "like", alert: id });
  match(none.html, /请至少选择一个标签/);
  const done = await go(admin, "/setup/alerts", {
    act: "finish",
    kind: "like",
    alert: id,
    "labels[]": "team",
  });
  match(done.html, /team=&quot;dba&quot;/);
  match(done.html, /curl -X POST \S+\/webhook\/dba\/1 /, "the first line to try arrives there");
  equal(
    house.relay.config.rules.map(({ group, matchers }) => [group, matchers.map(({ value }) => value)]),
    [["default/default", ["b"]], ["dba/1", ["dba"]]],
    "a new rule stands behind the others",
  );
  await house.fire({ labels: { alertname: "Disk", team: "dba" } });
  equal(dingtalk.robot("T").messages.length, 2);
});

for (
  const [address, words] of [
    ["0123abc", /没有找到地址/],
    ["https://oapi.dingtalk.com/robot/send", /钉钉机器人：地址缺少 access_token/],
    ["", /没有找到地址/],
  ] as const
) {
  Deno.test(`"${address}" is no robot's address: said at the field`, async () => {
    await using house = await testRelay();
    const admin = await visitor(house);
    const { status, html } = await admin.post("/setup/channel", { address });
    equal(status, 422);
    match(html, words);
    match(html, /aria-describedby="address-error/);
  });
}

Deno.test("a channel that was chosen is configured by its form; what is missing is said at its field", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  await go(admin, "/setup/channel", { channel: "email" });
  const { status, html } = await test(admin, { "value.config.host": "a b" });
  equal(status, 422);
  match(html, /id="value-config-host-error"/);
  match(html, /id="value-config-from-error"/);
  const skipped = await test(
    admin,
    { "value.config.host": "mail.example.com", "value.config.from": "a@b.c" },
    "skip",
  );
  match(skipped.html, /谁的告警发到那里/, "who cannot test now goes on all the same");
});

Deno.test("changed settings want a new test", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }] });
  await using house = await testRelay();
  const admin = await visitor(house);
  await go(admin, "/setup/channel", { address: `${dingtalk.url}/robot/send?access_token=T` });
  await test(admin, {});
  const changed = await test(admin, { "value.config.keyword": "告警" }, "next");
  match(changed.html, /value="test">发/, "it stays at the test");
});

Deno.test("the draft is the account's, sealed, and only admins have one", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  await go(admin, "/setup/channel", { address: "https://oapi.dingtalk.com/robot/send?access_token=s3cret" });
  const sealed = decodeURIComponent(admin.cookies.get("fenghuo_setup")!);
  ok(!sealed.includes("s3cret") && !atob(sealed.slice(3)).includes("s3cret"));
  const viewer = await visitor(house, "viewer");
  viewer.cookies.set("fenghuo_setup", admin.cookies.get("fenghuo_setup")!);
  equal((await viewer.get("/setup")).status, 403);
  admin.cookies.set("fenghuo_setup", "v1.AAAA");
  equal((await admin.get("/setup")).headers.get("location"), "/setup/channel", "a broken draft is none");
  await go(admin, "/setup/channel", { channel: "inbox" });
  await go(admin, "/setup/discard", {});
  equal(admin.cookies.has("fenghuo_setup"), false);
});

Deno.test("a second destination of a channel gets a name of its own", async () => {
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }] });
  await using house = await testRelay();
  await api(house, "PUT", "config/groups/dba/1", {
    body: { destinations: [{ channel: "dingtalk_robot", config: { token: "other" } }] },
  });
  const admin = await visitor(house);
  await go(admin, "/setup/channel", { address: `${dingtalk.url}/robot/send?access_token=T` });
  await test(admin, {});
  await test(admin, {}, "next");
  await go(admin, "/setup/group", { kind: "own", owner: "dba", level: "1" });
  await go(admin, "/setup/alerts", { act: "finish", kind: "none" });
  equal(house.relay.config.groups.get("dba/1")!.destinations.map(({ name }) => name), [
    "dingtalk_robot",
    "dingtalk_robot-2",
  ]);
});
