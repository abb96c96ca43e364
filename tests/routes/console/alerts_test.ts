import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { formatTime } from "../../../relay/base/time.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { type Visitor, visitor } from "../../kit/console.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

async function ids({ relay }: TestRelay): Promise<string[]> {
  return (await relay.store.log.newest(1_000)).map(({ id }) => id);
}

/** The ids of the alerts that a list shows. */
function rowsIn(html: string): string[] {
  return [...html.matchAll(/<tr id="([^"]+)"/g)].map(([, id]) => id!);
}

/** The address behind words. */
function linkTo(html: string, words: string): string {
  const link = [...html.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)/g)].find(([, , text]) =>
    text!.includes(words)
  );
  ok(link, `no link "${words}"`);
  return link[1]!.replaceAll("&amp;", "&");
}

async function see(who: Visitor, path: string, status = 200): Promise<string> {
  const page = await who.get(path, { "accept-language": "en" });
  equal(page.status, status, `${path}\n${page.html.slice(0, 2_000)}`);
  return page.html;
}

Deno.test("the log is paged; what comes in meanwhile shifts nothing, and is announced", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 120; index++) await house.accept({ labels: { instance: `web-${index}` } });
  const who = await visitor(house, "viewer");
  const all = await ids(house);
  const first = await see(who, "/alerts");
  await house.accept({ labels: { instance: "later" } }, { labels: { instance: "latest" } });
  const second = await see(who, linkTo(first, "Older"));
  const third = await see(who, linkTo(second, "Older"));
  equal([first, second, third].flatMap(rowsIn), all);
  ok(!third.includes("Older"));
  const [, fresh] = /id="news"[^>]*hx-get="([^"]+)"/.exec(first)!;
  match(await see(who, fresh!.replaceAll("&amp;", "&")), /New alerts: 2/);
  const filtered = await see(who, "/alerts?q=web");
  const [, none] = /id="news"[^>]*hx-get="([^"]+)"/.exec(filtered)!;
  ok(
    !(await see(who, none!.replaceAll("&amp;", "&"))).includes("New alerts"),
    "the filter counts there, too",
  );
});

Deno.test("filters are in the address and stay on the way through the list", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 110; index++) {
    await house.accept({ labels: { instance: `${index}`, severity: index % 2 ? "critical" : "info" } });
  }
  const who = await visitor(house, "viewer");
  const first = await see(who, "/alerts?severity=critical&q=alertname%3DTest&from=24h&status=");
  equal(rowsIn(first).length, 50);
  match(first, /<option value="critical" selected/);
  match(first, /<option value="24h" selected/);
  const older = linkTo(first, "Older");
  match(older, /severity=critical&q=alertname%3DTest&from=24h&cursor=/);
  equal(rowsIn(await see(who, older)).length, 5);
  equal(
    rowsIn(await see(who, "/alerts?since=2026-01-31T15:59&until=2026-01-31T16:01")).length,
    50,
    "in the relay's zone",
  );
  equal(rowsIn(await see(who, "/alerts?until=2026-01-31T15:59")).length, 0);
});

Deno.test("a wrong filter is reported at its field, and an empty result says what to do", async () => {
  await using house = await testRelay();
  const who = await visitor(house, "viewer");
  match(await see(who, "/alerts"), /deno task send alertmanager/);
  match(await see(who, "/alerts?q=nothing"), /Choose a longer period or fewer filters/);
  match(await see(who, "/alerts?status=burning", 422), /id="status-error"/);
  match(await see(who, "/alerts?since=yesterday", 422), /id="since-error"[\s\S]*A time is needed/);
  for (const time of ["0001-01-01T00:00", "9999-12-31T23:59"]) {
    match(await see(who, `/alerts?since=${time}`, 422), /id="since-error"/);
    equal((await who.get(`/alerts/new?until=${time}`)).status, 200);
  }
  const period = "since=2026-01-02T00:00&until=2026-01-01T00:00";
  match(await see(who, `/alerts?${period}`, 422), /id="until-error"/);
  match(await see(who, "/alerts?cursor=1", 422), /There is no such position in the list/);
});

Deno.test("a folded alert is shown with its incident's words, and can be left out", async () => {
  await using house = await testRelay();
  for (let index = 0; index < 3; index++) {
    await house.accept({ labels: { instance: "db-1" }, annotations: { message: "磁盘满" } });
  }
  const who = await visitor(house, "viewer");
  const html = await see(who, "/alerts");
  equal([...html.matchAll(/>磁盘满</g)].length, 3);
  equal([...html.matchAll(/>duplicate</g)].length, 2);
  const [newest, , oldest] = await ids(house);
  equal(rowsIn(await see(who, "/alerts?told=true")), [oldest]);
  const page = await see(who, `/alerts/${newest}`);
  match(page, /This alert is a duplicate/);
  match(page, /磁盘满/);
  ok(page.includes(`href="/alerts/${oldest}"`));
  match(page, new RegExp(`the group was already notified of ${oldest}`));
});

Deno.test("an alert's page shows all of it; a dead delivery is sent again from there", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
links: [{ from: "http://prometheus:9090/", to: "https://prom.example.com/" }]
groups:
  - owner: default
    level: default
    timezone: America/New_York
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }, { channel: inbox }]`,
  });
  sink.answer({ status: 400 });
  await house.accept({
    labels: { instance: "db-1", severity: "critical" },
    annotations: { message: "on fire", dashboard_url: "javascript:alert(1)" },
    generatorURL: "http://prometheus:9090/graph?g0.expr=up",
  });
  await house.settle();
  const [id] = await ids(house);
  const who = await visitor(house, "operator");
  const html = await see(who, `/alerts/${id}`);
  for (
    const words of [
      "on fire",
      "db-1",
      "https://prom.example.com/graph",
      "/silences/new?alert=",
      "/act",
    ]
  ) {
    ok(html.includes(words), words);
  }
  const received = formatTime(house.clock.now(), { timezone: "America/New_York" });
  match(html, new RegExp(`<dt>Received</dt><dd><time [^>]*>${received}`), "in the group's zone");
  ok(!/href="javascript/i.test(html), "a link that is none is not made one");
  const message = await see(who, `/alerts/${id}/deliveries/${id}-1`);
  match(message, /on fire/);
  await see(who, `/alerts/${id}/deliveries/${id}-9`, 404);
  const [dead] = await Array.fromAsync(house.relay.store.dead.list());
  ok(dead, "the webhook's receiver refused it");
  match(html, /Send again/);
  sink.answer({ status: 200 });
  const send = `/alerts/${id}/deliveries/${dead.entry.id}/send`;
  equal((await who.post(send, {})).status, 303);
  await house.settle();
  ok(!(await see(who, `/alerts/${id}`)).includes("Send again"));
  equal((await who.post(send, {})).status, 404);
  ok(!(await see(await visitor(house, "viewer"), `/alerts/${id}`)).includes("/act"), "a viewer only looks");
});

Deno.test("what is not there is a friendly 404", async () => {
  await using house = await testRelay();
  const who = await visitor(house, "viewer");
  for (const id of ["nothing", "01ARZ3NDEKTSV4RRFFQ69G5FAV-000", "%00", "..%2f..", "<script>"]) {
    match(await see(who, `/alerts/${id}`, 404), /no longer kept/);
  }
});

Deno.test("hostile labels and texts are text on every page", async () => {
  await using house = await testRelay();
  const hostile = [
    "<script>alert(1)</script>",
    `"><img src=x onerror=alert(1)>`,
    `' onmouseover='alert(1)`,
    "</title></textarea></style><svg onload=alert(1)>",
    "\u202egnp.exe\u202c\u2066",
    "x".repeat(64 * 1024),
    "[a](javascript:alert(1)) **b** `c`",
    "<%= it.x %> {{ x }} ${x}",
  ];
  for (const [index, text] of hostile.entries()) {
    await house.accept({
      labels: { alertname: text, instance: text, [`l${index}<b>`]: text, n: String(index) },
      annotations: { message: text, [`<i>${index}`]: text, runbook_url: `javascript:alert(${index})` },
      generatorURL: `javascript:alert(${index})`,
    });
  }
  await house.accept({
    labels: Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`label_${index}`, `<b>${index}</b>`]),
    ),
  });
  await house.settle();
  const who = await visitor(house, "operator");
  const all = await ids(house);
  const pages = [
    "/alerts",
    `/alerts?q=${encodeURIComponent(hostile[1]!)}`,
    `/alerts?group=${encodeURIComponent(hostile[1]!)}&dialect=${encodeURIComponent("<script>")}&since=${
      encodeURIComponent(`"><script>`)
    }`,
    ...all.flatMap((id) => [`/alerts/${id}`, `/alerts/${id}/deliveries/${id}-0`]),
  ];
  for (const path of pages) {
    const { html } = await who.get(path);
    const tags = html.replaceAll(/="[^"]*"/g, "");
    ok(
      !/<(img|svg|b|i)[\s>](?![^>]*alt)/.test(tags.replaceAll(/<img src width height>|<img alt[^>]*>/g, "")),
      path,
    );
    ok(!/<script(?! (?:type src|src defer))/.test(tags), path);
    ok(!/\son(error|load|mouseover)\b/.test(tags.replaceAll(/>[^<]*/g, ">")), path);
    ok(!/(href|src)="\s*javascript:/i.test(html), path);
    // deno-lint-ignore no-control-regex -- none of them may be there
    ok(!/[\0-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(html), path);
    ok(html.length < 1_000_000, `${path}: ${html.length}`);
  }
  const { html } = await who.get("/alerts");
  ok(html.length < 120_000, `${html.length}`);
  ok(html.includes("&lt;script&gt;alert(1)"));
});

Deno.test("a message is shown as it was sent, whatever the settings became since, also one that several shared", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
groups:
  - { owner: default, level: default, locale: en, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }`,
  });
  await house.accept({ labels: { instance: "db-1" } }, { labels: { instance: "db-2" } });
  await house.settle();
  Object.assign(house.relay.config.groups.get("default/default")!, { locale: "zh" });
  const sent = sink.bodies as { data: { title: string; text: string; alerts: { id: string }[] } }[];
  const who = await visitor(house, "viewer");
  equal(sent.flatMap(({ data }) => data.alerts).length, 2);
  for (const { data } of sent) {
    match(data.text, /Warning/);
    for (const { id } of data.alerts) {
      for (const path of [`/alerts/${id}/deliveries/${id}-0`, `/deliveries/${id}-0`]) {
        const page = await see(who, path);
        match(page, /As it was sent/, path);
        for (const words of data.text.split(/[^\w:/.-]+/)) ok(page.includes(words), `${path}: ${words}`);
        ok(!page.includes("告警中"), path);
      }
      const { isAsSent, message } = await (await house.request(`/api/alerts/${id}/deliveries/${id}-0`, {
        headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
      })).json();
      equal([isAsSent, message.title, message.body], [true, data.title, data.text]);
    }
  }
});

Deno.test("the plain message that follows a refusal is shown as the text that it was", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }]`,
  });
  const formOf = async (): Promise<unknown> => {
    await house.accept({ labels: { number: String(dingtalk.requests.length) } });
    await house.settle();
    const [id] = await ids(house);
    const headers = { authorization: `Bearer ${SECRETS.adminPassword}` };
    const response = await house.request(`/api/alerts/${id}/deliveries/${id}-0`, { headers });
    return (await response.json()).message.form;
  };
  equal(await formOf(), "markdown");
  dingtalk.fault("errcode", { errcode: 430104, errmsg: "unsafe content", times: 1 });
  equal(await formOf(), "text");
});

Deno.test("a message is called received only where the vendor confirmed it", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml:
      `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`,
  });
  const who = await visitor(house, "viewer");
  const pages = async (instance: string): Promise<{ alert: string; message: string; delivery: string }> => {
    await house.accept({ labels: { instance } });
    await house.settle();
    const [id] = await ids(house);
    const [delivery] = await house.relay.store.deliveries.of(id!);
    return {
      alert: await see(who, `/alerts/${id}`),
      message: await see(who, `/alerts/${id}/deliveries/${delivery!.id}`),
      delivery: await see(who, `/deliveries/${delivery!.id}`),
    };
  };
  const taken = await pages("taken");
  match(taken.alert, /Show the message as received/);
  match(taken.message, /As it was sent/);
  match(taken.delivery, /As it was sent, as/);
  for (const answer of [{ status: 503, body: "no backend" }, { status: 422, body: "no such field" }]) {
    sink.answer(answer);
    const tried = await pages(String(answer.status));
    match(tried.alert, /Show the message that was attempted/);
    for (const page of [tried.message, tried.delivery]) match(page, /The provider has not confirmed it/);
    ok(!Object.values(tried).some((page) => /as received|As it was sent/.test(page)), String(answer.status));
  }
});

Deno.test("a test message that failed is not promised to be tried again, nor is a try that was the last", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml:
      `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`,
  });
  sink.answer({ status: 503, body: "no backend" });
  const who = await visitor(house, "operator");
  const { html } = await who.post("/groups/default/default/test", {});
  match(html, /失败/);
  match(html, /测试消息只发送一次，不会自动重试/);
  ok(!html.includes("将重试"));
  await house.settle();
  equal(sink.requests.length, 1);
});

Deno.test("a period may be about when alerts were received, or when they began: in the console and the API", async () => {
  await using house = await testRelay(); // it is 08:00 UTC, 16:00 in Shanghai
  await house.accept({ labels: { alertname: "Early" }, startsAt: "2026-01-29T08:00:00Z" });
  await house.accept({ labels: { alertname: "Late" }, startsAt: "2026-01-31T07:30:00Z" });
  const who = await visitor(house, "viewer");
  const titles = async (query: string): Promise<string[]> =>
    [...(await see(who, `/alerts?${query}`)).matchAll(/<th scope="row"[^>]*><a [^>]*><bdi>([^<]+)</g)]
      .map(([, title]) => title!);
  equal(await titles("from=1h"), ["Late", "Early"]);
  equal(await titles("from=1h&by=started"), ["Late"]);
  equal(await titles("since=2026-01-29T00:00&until=2026-01-30T00:00&by=started"), ["Early"]);
  equal(await titles("since=2026-01-29T00:00&until=2026-01-30T00:00"), []);
  const response = await house.request("/api/alerts?from=1h&by=started", {
    headers: { authorization: `Bearer ${SECRETS.adminPassword}` },
  });
  equal((await response.json()).alerts.length, 1);
});
