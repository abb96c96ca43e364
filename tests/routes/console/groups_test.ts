import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { visitor } from "../../kit/console.ts";
import { fill, filled } from "../../kit/form.ts";
import { testRelay } from "../../kit/relay.ts";

Deno.test("a group and its destination are made by their forms, and notified at once", async () => {
  await using sink = await startSink();
  await using house = await testRelay();
  const admin = await visitor(house);
  const made = await fill(admin, "/groups/new", {
    "value.owner": "ops",
    "value.level": "1",
    "value.window": "10m",
  });
  equal([made.status, made.headers.get("location")], [303, "/groups/ops/1/destinations"]);
  match((await admin.get("/groups/ops/1/destinations")).html, /channel=webhook/);
  const saved = await fill(admin, "/groups/ops/1/destinations?channel=webhook", {
    "value.config.url": sink.url,
  });
  equal([saved.status, saved.headers.get("location")], [303, "/groups/ops/1"], saved.html);
  equal(house.relay.config.groups.get("ops/1")!.window, 600_000);
  await api(house, "PUT", "config/rules", { body: [{ match: ["a=b"], group: "ops/1" }] });
  await house.fire({ labels: { a: "b" } });
  equal(sink.requests.length, 1);
});

const WRONG: readonly [string, Record<string, string>, string, RegExp][] = [
  ["webhook", { "value.config.url": "nowhere" }, "value-config-url", /必须是网址/],
  ["webhook", {}, "value-config-url", /没有填写，需要文本/],
  ["email", { "value.config.host": "a b", "value.config.from": "x" }, "value-config-host", /服务器的名称/],
  [
    "email",
    { "value.config.host": "a", "value.config.from": "a@b.c", "value.config.port": "99999" },
    "value-config-port",
    /不能大于 65535/,
  ],
  [
    "email",
    { "value.config.host": "a", "value.config.from": "a@b.c", "value.config.to": "a@b.c\nx" },
    "value-config-to",
    /第 2 行：必须是邮箱/,
  ],
  [
    "email",
    { "value.config.host": "a", "value.config.from": "a@b.c", "value.config.user": "u" },
    "value-config-password",
    /有用户时必填/,
  ],
  [
    "inbox",
    { "value.limits[0].messages": "many", "value.limits[0].per": "1m" },
    "value-limits-0-messages",
    /必须是数字|整数/,
  ],
  [
    "inbox",
    { "value.limits[0].messages": "5", "value.limits[0].per": "soon" },
    "value-limits-0-per",
    /必须是时长/,
  ],
  ["inbox", { "value.name": "a/b" }, "value-name", /最多 60 字节/],
  [
    "webhook",
    {
      "value.config.url": "http://a/",
      "value.config.headers[0].key": "a b",
      "value.config.headers[0].value": "x",
    },
    "value-config-headers-0-key|value-config-headers-0-value",
    /请求头/,
  ],
];

for (const [channel, fields, id, words] of WRONG) {
  Deno.test(`${channel} with ${JSON.stringify(fields)}: reported at the field, in the reader's language`, async () => {
    await using house = await testRelay();
    await api(house, "PUT", "config/groups/ops/1", { body: {} });
    const admin = await visitor(house);
    const page = await fill(admin, `/groups/ops/1/destinations?channel=${channel}`, fields);
    equal(page.status, 422);
    const [, told = ""] =
      new RegExp(`id="(?:${id})-error"[^>]*><p class="wrong">([^]*?)</p>`).exec(page.html) ??
        [];
    match(told, words);
    equal(house.relay.config.groups.get("ops/1")!.destinations.length, 0);
    for (const value of Object.values(fields).filter((value) => !value.includes("\n"))) {
      ok(page.html.includes(value) || page.html.includes("kept:"), `${value} must be typed again`);
    }
  });
}

Deno.test("a test message is sent from a form that is not saved, with a secret that is typed once", async () => {
  await using sink = await startSink({
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    now: () => house.clock.now(),
  });
  await using house = await testRelay();
  await api(house, "PUT", "config/groups/ops/1", { body: {} });
  const admin = await visitor(house);
  const path = "/groups/ops/1/destinations";
  const url = new URL("/hidden-path", sink.url).href;
  const tried = await fill(admin, `${path}?channel=webhook`, {
    act: "test",
    "value.config.url": url,
    "value.config.secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  });
  equal(tried.status, 200);
  match(tried.html, /class="badge resolved"[^]*ops\/1\/webhook[^]*HTTP 200/);
  equal(sink.requests.map(({ refused }) => refused), [undefined]);
  equal(house.relay.config.groups.get("ops/1")!.destinations.length, 0);
  ok(
    !tried.html.includes("whsec_MfKQ") && !tried.html.includes("hidden-path"),
    "a secret stands on the page",
  );
  const saved = await admin.post(path, filled(tried));
  equal(saved.status, 303, saved.html);
  const [destination] = house.relay.config.groups.get("ops/1")!.destinations;
  equal((destination!.config as { url: string }).url, url);
});

Deno.test("of two who change the same group the second sees what the first did, and loses nothing of either", async () => {
  await using house = await testRelay();
  await api(house, "PUT", "config/groups/ops/1", { body: { window: "5m", timezone: "UTC" } });
  const [li, han] = [await visitor(house), await visitor(house)];
  const open = await han.get("/groups/ops/1/edit");
  equal((await fill(li, "/groups/ops/1/edit", { "value.window": "10m" })).status, 303);
  const late = await han.post("/groups/ops/1/edit", filled(open, { "value.timezone": "Europe/Berlin" }));
  equal(late.status, 409);
  match(late.html, /admin[^]*<code>window<\/code> <del>5m<\/del> → <ins>10m<\/ins>/);
  equal(house.relay.config.groups.get("ops/1")!.timezone, "UTC");
  const again = await han.post("/groups/ops/1/edit", filled(late));
  equal(again.status, 303, again.html);
  const group = house.relay.config.groups.get("ops/1")!;
  equal([group.window, group.timezone], [600_000, "Europe/Berlin"]);
});

Deno.test("changes of two destinations of the same group do not conflict", async () => {
  await using house = await testRelay();
  const destinations = [{ channel: "inbox" }, { channel: "inbox", name: "two" }];
  await api(house, "PUT", "config/groups/ops/1", { body: { destinations } });
  const admin = await visitor(house);
  const open = await admin.get("/groups/ops/1/destinations/inbox");
  equal((await fill(admin, "/groups/ops/1/destinations/two", { "value.name": "second" })).status, 303);
  equal(
    (await admin.post("/groups/ops/1/destinations/inbox", filled(open, { "value.name": "first" }))).status,
    303,
  );
  equal(house.relay.config.groups.get("ops/1")!.destinations.map(({ name }) => name), ["first", "second"]);
});

Deno.test("a form of a destination that somebody else removed says so; saving it again makes it anew", async () => {
  await using house = await testRelay();
  const destinations = [{ channel: "inbox" }, { channel: "inbox", name: "two" }];
  await api(house, "PUT", "config/groups/ops/1", { body: { destinations } });
  const admin = await visitor(house);
  const path = "/groups/ops/1/destinations/two";
  const open = await admin.get(path);
  const { version } = house.relay.configuration.item("groups/ops/1")!;
  equal((await admin.post(`${path}/remove`, { version: "another" })).status, 409);
  equal((await admin.post(`${path}/remove`, { version })).status, 303);
  const late = await admin.post(path, filled(open, { "value.fallback_after": "5m" }));
  equal(late.status, 409);
  match(late.html, /已被删除/);
  equal(house.relay.config.groups.get("ops/1")!.destinations.length, 1);
  equal((await admin.post(path, filled(late))).status, 303);
  equal(house.relay.config.groups.get("ops/1")!.destinations.map(({ name }) => name), ["inbox", "two"]);
});

Deno.test("a form of a group that is gone meanwhile says so, and friendly pages answer for the rest", async () => {
  await using house = await testRelay();
  const { body: { version } } = await api(house, "PUT", "config/groups/ops/1", { body: {} });
  const admin = await visitor(house);
  const open = await admin.get("/groups/ops/1/edit");
  equal((await api(house, "DELETE", "config/groups/ops/1", { version })).status, 200);
  const late = await admin.post("/groups/ops/1/edit", filled(open, { "value.window": "1m" }));
  equal(late.status, 409);
  equal(house.relay.config.groups.has("ops/1"), false);
  equal((await admin.get("/groups/ops/1")).status, 404);
  equal((await admin.get("/groups/ops/1/destinations/inbox")).status, 404);
});

Deno.test("a fallback follows a destination that gets a new name", async () => {
  await using house = await testRelay();
  const destinations = [{ channel: "inbox", name: "one", fallback: "two" }, {
    channel: "inbox",
    name: "two",
  }];
  await api(house, "PUT", "config/groups/ops/1", { body: { destinations } });
  const admin = await visitor(house);
  equal((await fill(admin, "/groups/ops/1/destinations/two", { "value.name": "deux" })).status, 303);
  equal(house.relay.config.groups.get("ops/1")!.destinations.map(({ fallback }) => fallback), [
    "ops/1/deux",
    undefined,
  ]);
});

Deno.test("what the file declares is shown and cannot be changed", async () => {
  await using house = await testRelay({
    yaml: "groups: [{ owner: a, level: 1, destinations: [{ channel: inbox }] }]",
  });
  const admin = await visitor(house);
  for (const path of ["/groups/a/1/edit", "/groups/a/1/destinations/inbox"]) {
    const page = await admin.get(path);
    match(page.html, /fenghuo\.yaml/);
    match(page.html, /<fieldset class="field all" disabled>/);
    const refused = await admin.post(path, filled(page, { channel: "inbox" }));
    equal(refused.status, 409);
  }
});

Deno.test("the built-in group keeps its inbox when it is changed for the first time", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  equal((await fill(admin, "/groups/default/default/edit", { "value.window": "1m" })).status, 303);
  const group = house.relay.config.groups.get("default/default")!;
  equal([group.window, group.destinations.map(({ name }) => name)], [60_000, ["inbox"]]);
});

Deno.test("a viewer may not change anything, and an operator may send a test message", async () => {
  await using house = await testRelay();
  const viewer = await visitor(house, "viewer");
  const operator = await visitor(house, "operator");
  for (const path of ["/groups", "/groups/default/default", "/members", "/channels"]) {
    equal((await viewer.get(path)).status, 200, path);
  }
  for (
    const path of [
      "/groups/new",
      "/groups/default/default/edit",
      "/groups/default/default/destinations",
      "/members/new",
      "/channels/email/defaults",
      "/settings/general",
      "/settings/departments",
      "/settings/file",
      "/settings/file/export",
    ]
  ) {
    equal((await operator.get(path)).status, 403, path);
  }
  equal((await viewer.post("/groups/default/default/test", {})).status, 403);
  const tried = await operator.post("/groups/default/default/test", {});
  equal(tried.status, 200);
  match(tried.html, /kept in the inbox/);
  equal((await operator.post("/groups/default/default/test", {}, { token: "forged" })).status, 403);
});

Deno.test("quiet hours that were stored as one period stay one in the form, and take a second one", async () => {
  await using house = await testRelay();
  const admin = await visitor(house);
  const night = { from: "22:00", to: "08:00", days: ["fri", "sat"] };
  const form = "/groups/ops/1/edit";
  const stored = async (): Promise<unknown> =>
    (await api(house, "GET", "config/groups/ops/1")).body.value.quiet;
  await api(house, "PUT", "config/groups/ops/1", { body: { quiet: night, destinations: [] } });
  const { html } = await admin.get(form);
  match(html, /name="value\.quiet\[0\]\.days" value="fri" checked> <bdi>周五/);
  match(html, /name="value\.quiet\[1\]\.days" value="fri"> <bdi>周五/);
  equal((await fill(admin, form, { "value.window": "10m" })).status, 303);
  equal(await stored(), night);
  const wrong = await fill(admin, form, { "value.quiet[0].to": "8am" });
  equal([wrong.status, /id="value-quiet-0-to-error"/.test(wrong.html)], [422, true], wrong.html);
  const weekend = { "value.quiet[1].from": "00:00", "value.quiet[1].to": "24:00" };
  equal((await fill(admin, form, weekend)).status, 303);
  equal(await stored(), [night, { from: "00:00", to: "24:00" }]);
  match((await admin.get("/groups/ops/1")).html, /22:00–08:00 周五 周六；00:00–24:00/);
});

Deno.test("targets from addresses: a list with where, who and when; an operator removes one, which is noted; no secret", async () => {
  await using house = await testRelay();
  const viewer = await visitor(house, "viewer");
  match((await viewer.get("/groups/adhoc")).html, /没有这样的投递目标/);
  doesNotMatch((await viewer.get("/groups")).html, /地址中的投递目标/, "nothing to see");
  const target = (token: string): Promise<unknown> =>
    house.relay.adhoc.ensure(
      { channel: "dingtalk_robot", members: [], configs: [{ token, secret: "SEC-secret" }] },
      { sender: "token grafana" },
    );
  await target("token-one");
  await house.relay.adhoc.ensure(
    {
      channel: "webhook",
      members: [{ id: "li.lei", name: "李雷" }],
      configs: [{ url: "https://user:pass@hooks.example/secret-path?key=k" }],
    },
    { sender: "" },
  );
  match((await viewer.get("/groups")).html, /href="\/groups\/adhoc">地址中的投递目标 <span class="count">2</);
  const { html } = await viewer.get("/groups/adhoc");
  match(html, /钉钉[^]*oapi\.dingtalk\.com[^]*令牌 grafana/);
  match(html, /李雷/);
  doesNotMatch(html, /token-one|SEC-secret|user:pass|secret-path|key=k/);
  doesNotMatch(html, /\/remove"/, "a viewer removes nothing");
  const [{ id } = { id: "" }] = (await house.relay.adhoc.all()).filter(({ channel }) =>
    channel === "webhook"
  );
  equal((await viewer.post(`/groups/${id}/remove`, {})).status, 403);
  equal((await viewer.get(`/groups/${id}`)).headers.get("location"), `/groups/adhoc#${id.split("/")[1]}`);

  const operator = await visitor(house, "operator");
  equal((await operator.post(`/groups/${id}/remove`, {})).headers.get("location"), "/groups/adhoc");
  const after = (await operator.get("/groups/adhoc")).html;
  match(after, /已移除 adhoc\//);
  match(after, /<span class="count">1</);
  equal((await operator.post(`/groups/${id}/remove`, {})).status, 404);
  const { entries } = (await api(house, "GET", "audit?what=targets")).body;
  equal(entries.map(({ action, what }: Record<string, string>) => [action, what]), [
    ["removed", `targets/${id}`],
  ]);
  doesNotMatch(JSON.stringify(entries), /user:pass|secret-path/);
});
