// deno-lint-ignore-file no-explicit-any -- an answer's shape is what these tests are about
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { type Visitor, visitor } from "../../kit/console.ts";
import { SECRETS, type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";

const HEADERS = { authorization: `Bearer ${SECRETS.adminPassword}` };

async function ask(house: TestRelay, path: string): Promise<any> {
  const response = await house.request(path, { headers: HEADERS });
  equal(response.status, 200);
  return await response.json();
}

/** Two groups with a destination each, at one receiver. */
async function houseWith(sink: Sink, options: { searchBudget?: number } = {}): Promise<TestRelay> {
  const group = (owner: string): string =>
    `{ owner: ${owner}, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}/${owner}" } }] }`;
  return await testRelay({ yaml: `groups: [${group("ops")}, ${group("dba")}]`, ...options });
}

const ops = (instance: string): TestAlert => ({ labels: { team: "ops", instance } });
const dba = (instance: string): TestAlert => ({ labels: { team: "dba", instance } });

const linksIn = (html: string): string[] =>
  [...html.matchAll(/href="\/deliveries\/([^"]+)" dir="auto"/g)].map(([, id]) => id!);

/** Every delivery of a list, page by page. */
async function through(one: Visitor, path: string): Promise<string[]> {
  const all: string[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const { html } = await one.get(next);
    all.push(...linksIn(html));
    next = /href="([^"]+)" rel="next"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
  }
  return all;
}

Deno.test("what was given up is listed with its reason, filtered, read, and sent again", async () => {
  await using sink = await startSink();
  await using house = await houseWith(sink);
  sink.answer({ status: 422, body: "no such <field>" });
  await house.fire(ops("1"), ops("2"));
  await house.fire(dba("3"));
  const one = await visitor(house, "operator");
  const { html } = await one.get("/deliveries?tab=dead");
  equal(linksIn(html).length, 3);
  match(html, /HTTP 422: no such &lt;field&gt;/);
  const mine = linksIn((await one.get("/deliveries?tab=dead&group=dba/default")).html);
  equal(mine.length, 1);
  equal(linksIn((await one.get("/deliveries?tab=dead&reason=resolved")).html), []);
  const page = (await one.get(`/deliveries/${mine[0]}`)).html;
  match(page, /尝试 <span class="count">2<\/span>/);
  match(page, /dba\/default\/webhook/);

  sink.answer({ status: 200 });
  const before = sink.bodies.length;
  const sent = await one.post(`/deliveries/${mine[0]}/send`, {});
  equal([sent.status, sent.headers.get("location")], [303, `/deliveries/${mine[0]}`]);
  await house.settle();
  equal(sink.bodies.length, before + 1);
  match((await one.get(`/deliveries/${mine[0]}`)).html, /已送达/);
  equal((await one.post(`/deliveries/${mine[0]}/send`, {})).status, 409);

  // All others at once, but only those that the filter finds.
  equal((await one.post("/deliveries/send", { group: "dba/default" })).status, 303);
  match((await one.get("/deliveries?tab=dead")).html, /已重新发送 0 条/);
  equal((await one.post("/deliveries/send", { group: "ops/default" })).status, 303);
  await house.settle();
  match((await one.get("/deliveries?tab=dead")).html, /已重新发送 2 条/);
  equal(linksIn((await one.get("/deliveries?tab=dead")).html), []);
  equal((await one.get("/deliveries?tab=recent&state=delivered")).html.match(/已送达<\/span>/g)?.length, 3);
});

Deno.test("of the dead only what still burns is sent again, unless one asks for what has ended, too", async () => {
  await using sink = await startSink();
  await using house = await houseWith(sink);
  const started = (minute: string): { startsAt: string } => ({ startsAt: `2026-01-31T07:${minute}:00Z` });
  sink.answer({ status: 422, body: "no" });
  await house.fire({ ...ops("over"), ...started("06") }, { ...ops("burns"), ...started("07") });
  sink.answer({ status: 200 });
  const endsAt = "2026-01-31T08:06:00Z";
  await house.advance(7 * 60_000);
  await house.fire({ ...ops("over"), ...started("06"), status: "resolved", endsAt });
  const bodies = (): any[] => sink.bodies.slice(before) as any[];
  const before = sink.bodies.length;

  const { dead } = await ask(house, "/api/dead");
  const ending = { endedAt: Date.parse(endsAt) };
  equal(dead.length, 2);
  equal(dead.flatMap(({ ending }: any) => ending ?? []), [ending]);
  const rows = (await ask(house, "/api/deliveries?list=dead")).deliveries;
  equal(rows.filter((row: any) => row.ending).map((row: any) => row.ending), [ending]);
  const one = await visitor(house, "operator");
  match((await one.get("/deliveries?tab=dead")).html, /已于 16:06:00 恢复/);
  const over = dead.find((letter: any) => letter.ending);
  match((await one.get(`/deliveries/${over.id}`)).html, /这条告警已于 16:06:00 结束/);

  equal((await one.post("/deliveries/send", {})).status, 303);
  match((await one.get("/deliveries?tab=dead")).html, /已重新发送 1 条；1 条所述告警已恢复，未发送/);
  await house.settle();
  equal(bodies().map(({ data }) => [data.alerts[0].labels.instance, data.alerts[0].status]), [
    ["burns", "firing"],
  ]);
  match(bodies()[0].data.text, /补发：15:07 的告警，仍未恢复/);
  const send = async (body: unknown): Promise<any> =>
    await (await house.request("/api/dead/send", {
      method: "POST",
      headers: HEADERS,
      body: JSON.stringify(body),
    })).json();
  equal(await send({}), { sent: 0, refused: 0, ended: 1, stays: [], more: false });
  equal(await send({ ended: true }), { sent: 1, refused: 0, ended: 0, stays: [], more: false });
  await house.settle();
  const [, last] = bodies();
  equal([last.type, last.data.alerts[0].status], ["alert.resolved", "resolved"]);
  match(last.data.text, /补发：15:06 的告警，已于 16:06 结束/);
  match(last.data.alerts[0].resent, /补发：15:06/);
});

Deno.test("a search of the dead that finds little stops with its time, says how far it looked, and goes on", async () => {
  await using sink = await startSink();
  await using house = await houseWith(sink, { searchBudget: 0 });
  sink.answer({ status: 422 });
  await house.fire(dba("old"));
  for (let number = 0; number < 30; number++) await house.fire(ops(String(number)));
  const one = await visitor(house, "operator");
  const { html } = await one.get("/deliveries?tab=dead&group=dba/default");
  equal(linksIn(html), [], "the newest are all of another group");
  match(html, /已查到/);
  equal((await through(one, "/deliveries?tab=dead&group=dba/default")).length, 1);

  const found: string[] = [];
  let pages = 0;
  for (let path: string | undefined = "/api/dead?group=dba/default"; path !== undefined; pages++) {
    const { dead, next, lookedTo }: any = await ask(house, path);
    found.push(...dead.map(({ group }: { group: string }) => group));
    equal(next === undefined, lookedTo === undefined);
    path = next && `/api/dead?group=dba/default&before=${next}`;
  }
  equal(found, ["dba/default"]);
  ok(pages > 2);
});

Deno.test("what is dropped needs a note, leaves the list, and keeps its record", async () => {
  await using sink = await startSink();
  await using house = await houseWith(sink);
  sink.answer({ status: 422 });
  await house.fire(ops("1"));
  const one = await visitor(house, "operator");
  const [id] = linksIn((await one.get("/deliveries?tab=dead")).html);
  const refused = await one.post(`/deliveries/${id}/drop`, { note: " " });
  equal(refused.status, 422);
  match(refused.html, /id="note-error"/);
  equal((await one.post(`/deliveries/${id}/drop`, { note: "<i>mended</i>" })).status, 303);
  equal(linksIn((await one.get("/deliveries?tab=dead")).html), []);
  match((await one.get(`/deliveries/${id}`)).html, /some-operator.*&lt;i&gt;mended&lt;\/i&gt;/s);
});

Deno.test("a viewer sees it all, and acts on none of it", async () => {
  await using sink = await startSink();
  await using house = await houseWith(sink);
  sink.answer({ status: 422 });
  await house.fire(ops("1"));
  const one = await visitor(house, "viewer");
  const { html } = await one.get("/deliveries?tab=dead");
  const [id] = linksIn(html);
  ok(!html.includes("/deliveries/send"));
  ok(!(await one.get(`/deliveries/${id}`)).html.includes("/drop"));
  for (const path of ["/deliveries/send", `/deliveries/${id}/send`, `/deliveries/${id}/drop`]) {
    equal((await one.post(path, { note: "no" })).status, 403);
  }
  equal((await ask(house, "/api/dead")).dead.length, 1);
});

Deno.test("what waits is listed over all lanes, the oldest first, with what it waits for", async () => {
  await using sink = await startSink();
  await using house = await houseWith(sink);
  sink.answer({ status: 403, body: "revoked" });
  for (let index = 0; index < 4; index++) {
    await house.fire(ops(`${index}`), dba(`${index}`));
    house.clock.advance(1_000);
  }
  const one = await visitor(house, "viewer");
  const { html } = await one.get("/deliveries");
  match(html, /服务方拒绝了配置.*HTTP 403: revoked/s);
  const ids = linksIn(html);
  equal(ids.length, 8);
  equal(ids, ids.toSorted());
  equal(linksIn((await one.get("/deliveries?destination=dba/default/webhook")).html).length, 4);
  equal(linksIn((await one.get("/deliveries?state=turn")).html), []);
  match((await one.get(`/deliveries/${ids[0]}`)).html, /HTTP 403: revoked/);
});

Deno.test("a long list is read page by page: nothing twice and nothing left out, whatever comes meanwhile", async () => {
  await using sink = await startSink();
  await using house = await houseWith(sink);
  const many = Array.from({ length: 120 }, (_, index) => ops(String(index)));
  await house.fire(...many);
  const one = await visitor(house, "viewer");
  const recent = await through(one, "/deliveries?tab=recent");
  equal([recent.length, new Set(recent).size], [120, 120]);
  equal(recent, recent.toSorted().reverse());
  sink.answer({ status: 403 });
  await house.fire(...many.map(({ labels }) => ({ labels: { ...labels, more: "1" } })));
  const waiting = await through(one, "/deliveries");
  equal([waiting.length, new Set(waiting).size], [120, 120]);
  const { deliveries, next } = await ask(house, "/api/deliveries?list=recent&state=delivered&limit=100");
  await house.fire(dba("new"));
  const rest = await ask(house, `/api/deliveries?list=recent&state=delivered&limit=100&from=${next}`);
  equal([deliveries.length, rest.deliveries.length, rest.next], [100, 20, undefined]);
});

Deno.test("a digest's page has its text and all its deliveries, however many", async () => {
  await using house = await testRelay();
  await house.fire(...Array.from({ length: 250 }, (_, index) => ({ labels: { instance: `<db-${index}>` } })));
  const { deliveries } = await ask(house, "/api/deliveries?list=recent&limit=1000");
  const ids = deliveries.map(({ id }: any) => id).toSorted();
  // A digest as the courier records it.
  const { encode } = await import("../../../relay/base/codec.ts");
  const digest = {
    id: "the-digest",
    destination: "default/default/inbox",
    at: house.clock.now(),
    title: "250 <alerts>",
    body: "◆ <db-0>",
    shown: 100,
    incidents: 250,
    deliveries: ids,
  };
  await house.kv.set(["digest", digest.id], encode(digest));
  const one = await visitor(house, "viewer");
  const { html } = await one.get("/deliveries?digest=the-digest");
  match(html, /250 &lt;alerts&gt;/);
  match(html, /◆ &lt;db-0&gt;/);
  equal(html.match(/href="\/alerts\/[^"]+"/g)?.length, 100);
  match(html, /&lt;db-0&gt;<\/bdi>/);
  const last = (await one.get("/deliveries?digest=the-digest&page=3")).html;
  equal(last.match(/href="\/alerts\/[^"]+"/g)?.length, 50);
  ok(!last.includes('rel="next"'));
  equal((await one.get("/deliveries?digest=none")).status, 404);
  equal((await ask(house, "/api/digests/the-digest")).digest.deliveries.length, 250);
});

Deno.test("what a fallback is to make waits, is read, paged through and made like any other", async () => {
  await using sink = await startSink();
  const destination = (name: string, more = ""): string =>
    `{ name: ${name}, channel: webhook, config: { url: "${sink.url}/${name}" }${more} }`;
  const first = destination("first", ", fallback: second");
  await using house = await testRelay({
    yaml: `groups: [{ owner: ops, level: default, destinations: [${first}, ${destination("second")}] }]`,
  });
  sink.answer({ status: 503 });
  await house.fire(...Array.from({ length: 60 }, (_, index) => ops(String(index))));
  await house.advance(11 * 60_000);
  const one = await visitor(house, "viewer");
  const instead = linksIn((await one.get("/deliveries?destination=ops/default/second")).html)
    .filter((id) => id.endsWith("-fallback"));
  ok(instead.length > 0, "the fallback does not work either");
  const page = await one.get(`/deliveries/${instead[0]}`);
  equal(page.status, 200);
  match(page.html, /Test/);
  sink.answer({ status: 200 });
  for (let hour = 0; hour < 4; hour++) await house.advance(3_600_000);
  const made = await one.get(`/deliveries/${instead[0]}`);
  equal(made.status, 200);
  equal((await ask(house, `/api/deliveries/${instead[0]}`)).delivery.destination, "ops/default/second");
  const recent = await through(one, "/deliveries?tab=recent&destination=ops/default/second");
  equal([recent.length, new Set(recent).size], [60, 60]);
  const all = await through(one, "/deliveries?tab=recent");
  equal([all.length, new Set(all).size], [120, 120]);
});

Deno.test("an invalid place in the list is refused", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "viewer");
  for (const tab of ["waiting", "dead", "recent"]) {
    for (const from of ["x", "🔥", "x".repeat(3_000)]) {
      const { status, html } = await one.get(`/deliveries?tab=${tab}&from=${from}`);
      equal(status, 422);
      match(html, /这个位置不存在/);
    }
  }
});

for (
  const path of ["/deliveries/nothing", "/deliveries/01M7WRGMS5TFB64HC7QJ83DH5B-000-0", "/deliveries/x/page"]
) {
  Deno.test(`${path} is a friendly 404`, async () => {
    await using house = await testRelay();
    equal((await (await visitor(house, "viewer")).get(path)).status, 404);
  });
}

Deno.test("a refusal is explained with what to do: on the delivery's page, by why, in the lanes, and by a test message", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({
    robots: [{ token: "T", secret: "SECright" }],
    now: () => clock.now(),
  });
  await using house = await testRelay({
    clock,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, secret: SECwrong, base: "${dingtalk.url}" } }]`,
  });
  await house.fire({ labels: { severity: "critical" } });
  const [alert] = await house.relay.store.log.newest(1);
  const cause = { zh: "加签密钥缺失或不正确", en: "The signing secret is missing or wrong" };
  const { lanes, destinations } = await ask(house, "/api/lanes");
  equal([lanes[0].advice.cause, destinations[0].advice.cause], [cause, cause]);
  match(lanes[0].advice.cure.en, /begins with SEC/);
  const one = await visitor(house, "operator");
  const pages = ["/", "/groups/default/default", `/deliveries/${alert!.id}-0`, `/alerts/${alert!.id}`];
  for (const [locale, words] of Object.entries(cause)) {
    for (const path of pages) {
      const { html } = await one.get(path, { "accept-language": locale });
      ok(html.includes(words), `${path} in ${locale}`);
      if (path === "/") {
        ok(html.split('id="trouble"')[1]!.includes(words), `the destinations in ${locale}`);
      }
    }
    const told =
      await (await house.request(`/api/alerts/${alert!.id}/why?lang=${locale}`, { headers: HEADERS }))
        .text();
    ok(told.includes(words), told);
  }
  match((await one.post("/groups/default/default/test", {})).html, /加签密钥缺失或不正确[^]*SEC/);
  const tried = await (await house.request("/api/groups/default/default/test", {
    method: "POST",
    headers: HEADERS,
  })).json();
  equal(tried.results[0].advice.cause, cause);
});
