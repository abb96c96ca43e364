import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { mount } from "../../../routes/app.ts";
import { api } from "../../kit/api.ts";
import { type Page, type Visitor, Visitor as Browser, visitor } from "../../kit/console.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
members: [{ id: li, name: 李雷 }, { id: han, name: 韩梅梅 }]
groups:
  - { owner: ops, level: 1, members: [li, han], oncall: { rotation: [li], start: "2026-01-05" }, destinations: [{ channel: inbox }] }
  - { owner: dba, level: 1, destinations: [{ channel: inbox }] }
rules:
  - { match: ['team="ops"'], group: ops/1 }
  - { match: ['team="dba"'], group: dba/1 }
`;

/** A link to the wall, made on its page. @returns its address, without the host */
async function linkOf(one: Visitor, fields: [string, string][] = []): Promise<string> {
  const { status, html } = await one.post("/settings/wall", [["name", "hall"], ...fields]);
  equal(status, 200, html);
  return /http[^<]*(\/wall\/open\/wall_[\w-]+)</.exec(html)![1]!;
}

/** A screen that has opened a link. */
async function screen(
  house: TestRelay,
  fields: [string, string][] = [],
): Promise<{ wall: Browser; path: string; opened: Page; secret: string; operator: Visitor }> {
  const operator = await visitor(house, "operator");
  const link = await linkOf(operator, fields);
  const wall = new Browser(house, { "accept-language": "en" });
  const opened = await wall.get(link);
  return {
    wall,
    path: opened.headers.get("location")!,
    opened,
    secret: link.split("/").at(-1)!,
    operator,
  };
}

Deno.test("a link gives a cookie for its own wall, and leads to an address without the secret", async () => {
  await using house = await testRelay({ yaml: YAML });
  await house.accept({ labels: { alertname: "DiskFull", team: "ops", severity: "critical" } });
  const { wall, path, opened, secret } = await screen(house);
  equal(opened.status, 303);
  match(path, /^\/wall\/[0-9a-f]{16}$/);
  const cookie = opened.headers.get("set-cookie")!;
  match(cookie, new RegExp(`Path=${path};`));
  match(cookie, /HttpOnly/);
  match(cookie, /SameSite=Lax/);
  const page = await wall.get(path);
  equal(page.status, 200);
  match(page.html, /DiskFull/);
  match(page.html, /李雷/);
  ok(!page.html.includes(secret), "the page does not tell the secret");
  const stored = await Array.fromAsync(
    house.kv.list({ prefix: [] }),
    ({ value }) =>
      new TextDecoder().decode(value instanceof Uint8Array ? value : new Uint8Array()) +
      JSON.stringify(value),
  );
  ok(stored.every((text) => !text.includes(secret)), "the secret is not stored");
});

Deno.test("without its cookie, or with that of another wall, a wall says that its link no longer works", async () => {
  await using house = await testRelay({ yaml: YAML });
  await house.accept({ labels: { alertname: "DiskFull", team: "ops" } });
  const { path, operator } = await screen(house);
  const other = new Browser(house);
  await other.get(await linkOf(operator));
  for (const one of [new Browser(house), other]) {
    const page = await one.get(path);
    equal(page.status, 403);
    match(page.html, /大屏链接已失效/);
    doesNotMatch(page.html, /DiskFull/);
    equal((await one.get(`${path}/board`)).status, 403);
    equal((await one.get(`${path}/events`)).status, 403);
  }
  const guessed = await new Browser(house).get(`/wall/open/wall_${"0".repeat(16)}_${"a".repeat(43)}`);
  equal(guessed.status, 403);
  equal((await new Browser(house).get("/wall/open/nonsense")).status, 403);
});

Deno.test("a link reads the wall and nothing else: every other address answers as to a stranger", async () => {
  await using house = await testRelay({ yaml: YAML });
  await house.accept({ labels: { alertname: "OnlyOnTheWall", team: "ops" } });
  const { path, secret, wall } = await screen(house);
  const [incident] = await house.relay.query.incidents.newest("open", 1);
  const routes = await mount(house.relay, { report: (words) => house.reports.push(words) }).routes();
  const addresses = new Set(
    routes.filter(({ method }) => method === "GET" || method === "ALL").map(({ path }) =>
      path.replace(/:(\w+)(\{[^}]*\})?\??/g, (_, name) => name === "id" ? incident!.id : "ops").replaceAll(
        "*",
        "x",
      )
    ),
  );
  ok(addresses.size > 100, `${addresses.size} addresses`);
  const stranger = new Browser(house);
  for (const address of addresses) {
    if (address === path) continue;
    const ways = [
      { cookie: `fenghuo_wall=${secret}` },
      { cookie: `fenghuo_session=${secret}` },
    ];
    const expected = await stranger.get(address);
    for (const headers of ways) {
      const answer = await wall.get(address, headers);
      equal(answer.status, expected.status, `${address} with ${JSON.stringify(headers)}`);
      doesNotMatch(answer.html, /OnlyOnTheWall/, address);
    }
  }
  equal((await wall.get("/api/incidents", { authorization: `Bearer ${secret}`, accept: "" })).status, 401);
  for (const method of ["acknowledge", "close"]) {
    const { status } = await wall.post(`/incidents/${incident!.id}/${method}`, {}, { token: "x" });
    ok(status >= 400 || status === 303, `${method}: ${status}`);
  }
  equal((await house.relay.query.incidents.get(incident!.id))!.known, false);
});

Deno.test("a revoked link ends the running wall with its next heartbeat", async () => {
  await using house = await testRelay({ yaml: YAML });
  const { wall, path, operator } = await screen(house);
  const stream = await house.request(`${path}/events`, {
    headers: { cookie: [...wall.cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
  });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const heard = async (words: string): Promise<void> => {
    while (!text.includes(words)) {
      const { value, done } = await reader.read();
      ok(!done, `the stream ended before "${words}": ${text}`);
      text += value;
    }
  };
  await heard("event: beat");
  text = "";
  house.clock.advance(10_000);
  await heard("event: beat");
  equal((await operator.post(`/settings/wall/${path.split("/").at(-1)}/revoke`, {})).status, 303);
  house.clock.advance(10_000);
  await heard("event: over");
  ok((await reader.read()).done);
  equal((await wall.get(`${path}/board`)).status, 403);
  match((await wall.get(path)).html, /This wall link no longer works/);
  const admin = await visitor(house);
  match((await admin.get("/audit?what=walls")).html, /some-operator[^]*walls\//);
});

Deno.test("a wall shows its groups alone, twins as one row, and no names where they are hidden", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (let index = 0; index < 30; index++) {
    await house.accept({
      labels: { alertname: "NodeDown", team: "ops", severity: "critical", instance: `rack-${index}` },
    });
  }
  await house.accept({ labels: { alertname: "ReplicationLag", team: "dba", severity: "warning" } });
  const [lag] = await house.relay.query.incidents.newest("open", 1);
  await house.relay.commands.act(lag!.id, { kind: "acknowledge" }, {
    by: "han",
    account: "han",
    via: "console",
    now: house.clock.now(),
  });
  const { wall, path, operator } = await screen(house, [["groups[]", "ops/1"], ["names", "hide"]]);
  const { html } = await wall.get(path);
  match(html, /NodeDown<\/bdi> <b class="times">×30</);
  equal(html.match(/class="row /g)!.length, 1);
  match(html, /frame critical/);
  doesNotMatch(html, /ReplicationLag|李雷|韩梅梅/);
  match(html, /1 on call/);
  const all = await operator.get("/wall");
  match(all.html, /ReplicationLag/);
  match(all.html, /韩梅梅/);
});

Deno.test("a wall of nothing but acknowledged incidents, or of none, is calm", async () => {
  await using house = await testRelay({ yaml: YAML });
  const viewer = await visitor(house, "viewer");
  match((await viewer.get("/wall")).html, /frame clear[^]*一切正常/);
  await house.accept({ labels: { alertname: "DiskFull", team: "ops", severity: "critical" } });
  match((await viewer.get("/wall")).html, /frame critical/);
  const [open] = await house.relay.query.incidents.newest("open", 1);
  await house.relay.commands.act(open!.id, { kind: "acknowledge" }, {
    by: "han",
    account: "han",
    via: "console",
    now: house.clock.now(),
  });
  const { html } = await viewer.get("/wall");
  match(html, /frame clear[^]*全部已确认/);
  match(html, /DiskFull/);
});

Deno.test("a wall of very many incidents is small, and says how many it does not show", async () => {
  await using house = await testRelay({ yaml: YAML });
  for (let batch = 0; batch < 6; batch++) {
    await house.accept(...Array.from({ length: 500 }, (_, index) => ({
      labels: { alertname: `Alert${batch}-${index}`, team: "ops", severity: "warning" },
    })));
  }
  const { html } = await (await visitor(house, "viewer")).get("/wall");
  match(html, /● <\/span> 3,000|3,000<\/b>/);
  equal(html.match(/class="row warning"/g)!.length, 40);
  match(html, /还有 2,960 个事件/);
  ok(html.length < 40_000, `${html.length} characters`);
});

Deno.test("what a title says is text on the wall", async () => {
  await using house = await testRelay({ yaml: YAML });
  await house.accept({
    labels: { alertname: "<img src=x onerror=1>\u202e" + "长".repeat(5_000), team: "ops" },
  });
  const { html } = await (await visitor(house, "viewer")).get("/wall");
  doesNotMatch(html, /<img src=x|\u202e/);
  ok(html.length < 10_000, `${html.length} characters`);
});

Deno.test("links are an operator's to make, and each wrong field is named", async () => {
  await using house = await testRelay({ yaml: YAML });
  const viewer = await visitor(house, "viewer");
  equal((await viewer.get("/settings/wall")).status, 403);
  equal((await viewer.post("/settings/wall", { name: "x" })).status, 403);
  const operator = await visitor(house, "operator");
  const wrong: [fields: [string, string][], field: string][] = [
    [[["name", " "]], "name"],
    [[["name", "hall"], ["dim", "22"]], "dim"],
    [[["name", "hall"], ["dim", "7-7"]], "dim"],
    [[["name", "hall"], ["dim", "24-7"]], "dim"],
    [[["name", "hall"], ["names", "perhaps"]], "names"],
    [[["name", "hall"], ["locale", "fr"]], "locale"],
  ];
  for (const [fields, field] of wrong) {
    const { status, html } = await operator.post("/settings/wall", fields);
    equal(status, 422, JSON.stringify(fields));
    match(html, new RegExp(`id="${field}-error"`), JSON.stringify(fields));
  }
  const group = await operator.post("/settings/wall", [["name", "hall"], ["groups[]", "no/1"]]);
  equal(group.status, 422);
  match(group.html, /没有这个告警组/);
  equal((await operator.post("/settings/wall/0000000000000000/revoke", {})).status, 404);
  equal(await house.relay.query.wallLinks(), []);
});

Deno.test("the address of an account's wall takes options, and ignores what is none", async () => {
  await using house = await testRelay({ yaml: YAML });
  const viewer = await visitor(house, "viewer");
  match((await viewer.get("/wall?dim=23-6")).html, /data-dim="23-6"/);
  match((await viewer.get("/wall?dim=off")).html, /data-dim="off"/);
  match((await viewer.get("/wall?dim=soon&names=x&group=")).html, /data-dim="22-7"/);
  const strange = "group=%00".repeat(200);
  equal((await viewer.get(`/wall?${strange}`)).status, 200);
  equal((await new Browser(house).get("/wall")).headers.get("location"), "/sign-in?to=%2Fwall");
});

Deno.test("a program makes a link, which opens the wall until the program revokes it", async () => {
  await using house = await testRelay({ yaml: YAML });
  await house.accept({ labels: { alertname: "DiskFull", team: "ops" } });
  const made = await api(house, "POST", "walls", { body: { name: "hall", groups: ["ops/1"], names: false } });
  equal(made.status, 201);
  const { id, url, hash } = made.body;
  equal(hash, undefined);
  const wall = new Browser(house);
  const opened = await wall.get(new URL(url).pathname);
  match((await wall.get(opened.headers.get("location")!)).html, /DiskFull/);
  const { walls } = (await api(house, "GET", "walls")).body;
  equal(walls.map((one: { id: string; groups: string[] }) => [one.id, one.groups]), [[id, ["ops/1"]]]);
  ok(!JSON.stringify(walls).includes(url.split("/").at(-1)), "the list does not contain the secret");
  equal((await api(house, "DELETE", `walls/${id}`)).status, 204);
  equal((await api(house, "DELETE", `walls/${id}`)).status, 404);
  doesNotMatch((await wall.get(opened.headers.get("location")!)).html, /DiskFull/);
  const wrong = await api(house, "POST", "walls", { body: { name: "hall", groups: ["nobody/1"] } });
  equal([wrong.status, wrong.body.error], [422, "groups: there is no group nobody/1"]);
  equal((await api(house, "POST", "walls", { body: { name: "hall", dim: "7-7" } })).status, 422);
});
