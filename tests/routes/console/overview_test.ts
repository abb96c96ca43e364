// deno-lint-ignore-file no-explicit-any -- an answer's shape is what these tests are about
import { deepStrictEqual as equal, doesNotMatch, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { visitor } from "../../kit/console.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";

/** On a busy machine figures that took long are shown again for a while: see `relay/query/overview/fresh.ts`. */
const SLOW = 30_000;

const HEADERS = { authorization: `Bearer ${SECRETS.adminPassword}` };

async function ask(house: TestRelay, path: string): Promise<any> {
  const response = await house.request(path, { headers: HEADERS });
  equal(response.status, 200);
  return await response.json();
}

/** The overview, once the ledger is counted: a page does not wait long for it. */
async function countedOverview(house: TestRelay): Promise<any> {
  house.clock.advance(SLOW);
  for (let looks = 0; looks < 200; looks++) {
    const overview = await ask(house, "/api/overview");
    if (overview.ledger?.at === house.clock.now()) return overview;
  }
  throw new Error("the ledger was not counted in 200 looks");
}

Deno.test("the overview says what burns, and no more when it is resolved", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "viewer");
  match((await one.get("/")).html, /一切正常/);
  const labels = { alertname: "<b>HighCPU</b>", instance: "db-1", severity: "critical" };
  await house.fire({ labels });
  house.clock.advance(SLOW);
  const { html } = await one.get("/");
  match(html, /<title>\(1\) 总览/);
  match(
    html,
    /<a href="\/incidents\/[^"]+" dir="auto"[^>]*>&lt;b&gt;HighCPU&lt;\/b&gt;<\/a>\s+<bdi[^>]*>db-1<\/bdi>/,
  );
  match(html, /id="verdict"[^]*?1 个严重事件未确认/);
  const { burning, hours, ledger, isNew } = await countedOverview(house);
  equal([burning.total, burning.severities.critical, isNew], [1, 1, false]);
  equal(hours.length, 24);
  equal(hours.at(-1).delivered, 1);
  equal([ledger.value.total, ledger.value.addsUp], [
    { routed: 1, delivered: 1, suppressed: 0, pending: 0, dead: 0 },
    true,
  ]);
  await house.fire({ labels, status: "resolved" });
  house.clock.advance(SLOW);
  match((await one.get("/")).html, /一切正常/);
});

Deno.test("a destination is proven by its vendor's own word, and says what keeps it from working", async () => {
  await using sink = await startSink();
  await using other = await startSink();
  other.answer({ status: 503, body: "no backend" });
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { channel: webhook, name: good, config: { url: "${sink.url}" } }
      - { channel: webhook, name: bad, config: { url: "${other.url}" } }
      - { channel: inbox }`,
  });
  const states = async (): Promise<any> =>
    Object.fromEntries((await ask(house, "/api/lanes")).destinations.map((one: any) => [one.name, one]));
  equal((await states()).good.state, "unproven");
  await house.fire({});
  const firedAt = house.clock.now();
  house.clock.advance(SLOW);
  const { good, bad, inbox } = await states();
  equal([good.state, good.proven.at, inbox.state], ["works", firedAt, "works"]);
  equal([bad.state, bad.because, bad.proven], ["failing", "HTTP 503: no backend", undefined]);
  const { destinations } = house.relay.config.groups.get("default/default")!;
  const ofGroup = await house.relay.query.deliveries.statesOf(destinations);
  equal(ofGroup.map(({ state }) => state), ["proven", "failing", "proven"], "as the page of the group says");
});

Deno.test("a lane that waits says why, in its vendor's words, with how much waits and since when", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
  });
  sink.answer({ status: 403, body: "revoked by <li>" });
  await house.fire({ labels: { instance: "1" } });
  await house.fire({ labels: { instance: "2" } });
  const { lanes } = await ask(house, "/api/lanes");
  const [lane] = lanes.filter(({ destinations }: any) => destinations.includes("default/default/webhook"));
  equal([lane.state, lane.pause.kind, lane.waiting.count, lane.waiting.more], ["paused", "config", 2, false]);
  equal(lane.waiting.oldest.at, house.clock.now());
  const { html } = await (await visitor(house)).get("/");
  match(html, /服务方拒绝了配置/);
  match(html, /HTTP 403: revoked by &lt;li&gt;/);
  match(html, /排队 2 条/);
});

Deno.test("a new relay greets with two steps; the token is for admins", async () => {
  await using house = await testRelay({ env: { FENGHUO_PUBLIC_URL: "https://fenghuo.example.com" } });
  const admin = await visitor(house);
  const { html } = await admin.get("/");
  equal(html.match(/<li class="open"/g)?.length, 2);
  match(html, /url: https:\/\/fenghuo\.example\.com\/webhook/);
  match(html, /deno task send alarm_v2 --to https:\/\/fenghuo\.example\.com/);
  match(html, /\/ocp\/default\/default/);
  ok(html.includes(SECRETS.intakeToken));
  match(html, /class="button primary" href="\/setup"/);
  const seen = (await (await visitor(house, "operator")).get("/")).html;
  ok(!seen.includes(SECRETS.intakeToken));
  ok(!seen.includes('href="/setup"'), "who may not connect a channel is not asked to");
  await house.fire({});
  equal((await admin.get("/")).html.match(/class="done"/g)?.length, 1);
});

Deno.test("a relay that notifies somebody does not greet any more", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml:
      `groups: [{ owner: ops, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`,
  });
  const admin = await visitor(house);
  equal((await admin.get("/")).html.match(/class="done"/g)?.length, 1);
  await house.fire({});
  const { html } = await admin.get("/");
  ok(!html.includes('class="steps"') && !html.includes(SECRETS.intakeToken));
});

Deno.test("a part of the page keeps its version while nothing in it changes", async () => {
  await using house = await testRelay();
  const one = await visitor(house);
  const versions = async (): Promise<Record<string, string>> =>
    Object.fromEntries([...(await one.get("/")).html.matchAll(/id="(\w+)"[^>]* data-version="(\w+)"/g)]
      .map(([, id, version]) => [id, version]));
  await countedOverview(house);
  const before = await versions();
  equal(Object.keys(before).length, 12);
  house.clock.advance(30_000);
  await countedOverview(house);
  equal(await versions(), before);
  await house.fire({});
  house.clock.advance(SLOW);
  const after = await versions();
  equal(Object.keys(after).filter((id) => after[id] === before[id]).sort(), [
    "queue",
    "refused",
    "taken",
    "trouble",
    "warnings",
  ]);
});

Deno.test("sums that stand side by side are of the same hours", async () => {
  await using house = await testRelay();
  // One a quarter of an hour, for thirty hours: any two periods that differ have different sums.
  for (let quarter = 0; quarter < 120; quarter++) {
    await house.fire({ labels: { instance: String(quarter) } });
    house.clock.advance(15 * 60_000);
  }
  const { hours, ledger } = await countedOverview(house);
  const sum = hours.reduce((all: number, { accepted }: any) => all + accepted, 0);
  equal([ledger.value.accepted, ledger.value.from], [sum, hours[0].from]);
  const { html } = await (await visitor(house)).get("/noise?look=long", {
    "accept-language": "en",
  });
  const figures = [/(\d+)<\/[^>]+>[^<]*<[^>]+>alerts accepted/, /Based on all (\d+) alerts/]
    .map((pattern) => Number(pattern.exec(html)?.[1]));
  equal(figures, [sum, sum]);
  const folding = await ask(house, "/api/statistics/folding");
  const counted = await ask(house, `/api/statistics/noisiest?from=${new Date(folding.from).toISOString()}`);
  equal(folding.accepted, counted.alerts);
});

Deno.test("a lane in which all waits for the morning says so, and sends once something may go", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    yaml: `
groups:
  - owner: default
    level: default
    quiet: { from: "15:00", to: "23:00" }
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
  }); // it is 16:00 in Shanghai
  await house.fire({ labels: { severity: "warning" } });
  const lane = async (): Promise<any> =>
    (await ask(house, "/api/lanes")).lanes.find(({ waiting }: any) => waiting.count > 0);
  const held = await lane();
  equal([held.state, held.waiting.quietUntil], ["held", Date.UTC(2026, 0, 31, 15)]);
  const { html } = await (await visitor(house)).get("/", { "accept-language": "en" });
  match(html, /Quiet hours: sent at 23:00/);
  ok(!html.includes("Sending"));
  await house.advance(7 * 3_600_000);
  equal([await lane(), sink.requests.length], [undefined, 1]);
});

Deno.test("the overview says which senders were refused and why, with their incident, for a day", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "viewer");
  doesNotMatch((await one.get("/")).html, /被拒绝的发送方/);
  const send = (headers: Record<string, string> = {}): Promise<Response> =>
    house.request("/webhook", {
      method: "POST",
      remote: "192.0.2.7",
      headers,
      body: '{"alerts":[{"labels":{"alertname":7}}]}',
    });
  equal((await house.request("/webhook", { remote: "192.0.2.8" })).status, 405);
  doesNotMatch((await one.get("/")).html, /被拒绝的发送方/, "a browser that looks at a door loses no alert");
  for (const headers of [{}, {}, { authorization: "Bearer a wrong token" }]) {
    ok((await send(headers)).status >= 400);
  }
  await house.advance(2_000);
  await house.relay.refusals.idle();
  const { html } = await one.get("/");
  const [, refused = ""] = html.split('id="refused"');
  match(
    refused,
    /接入令牌[^]*422 ×2[^]*alerts\[0\]\.labels\.alertname[^]*来自 192\.0\.2\.7，入口 alertmanager/,
  );
  match(refused, /身份未知的发送方[^]*401 ×1/);
  doesNotMatch(html, /a wrong token|test-token/);
  const [, link] = /href="(\/incidents\?state=all&amp;dialect=fenghuo[^"]*)"/.exec(refused)!;
  match(
    (await one.get(link!.replaceAll("&amp;", "&"))).html,
    /接入令牌（192\.0\.2\.7）在入口 alertmanager 被拒绝/,
  );
  await house.advance(24 * 3_600_000);
  doesNotMatch((await one.get("/")).html, /被拒绝的发送方/);
});

Deno.test("a lane in which only what the vendor refuses waits is not sending, and says why once", async () => {
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
    destinations:
      - { name: wrong, channel: dingtalk_robot, config: { token: T, secret: SECwrong, base: "${dingtalk.url}" } }
      - { name: right, channel: dingtalk_robot, config: { token: T, secret: SECright, base: "${dingtalk.url}" } }`,
  });
  await house.fire({});
  const [lane] = (await ask(house, "/api/lanes")).lanes;
  equal([lane.waiting.count, lane.state, lane.pause], [1, "refused", undefined]);
  const { html } = await (await visitor(house)).get("/", { "accept-language": "en" });
  const [, trouble = ""] = /id="trouble"([^]*?)<\/section>/.exec(html)!;
  doesNotMatch(html, /Sending/);
  equal(trouble.match(/310000/g)?.length, 1);
  match(trouble, /The provider refuses the configuration of default\/default\/wrong/);
  match(trouble, /What to do[^]*signing secret/);
});

/** Thirty twins, and one other incident, which a person has taken. */
async function storm(house: TestRelay): Promise<void> {
  for (let rack = 0; rack < 30; rack++) {
    await house.fire({ labels: { alertname: "NodeDown", instance: `rack-${rack}`, severity: "critical" } });
  }
  await house.fire({ labels: { alertname: "DiskFull", instance: "db-1", severity: "critical" } });
}

Deno.test("a storm of twins is one line, and who acts on it acts on all of them", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "operator");
  await storm(house);
  house.clock.advance(SLOW);
  const english = { "accept-language": "en" };
  const { html } = await one.get("/", english);
  const needs = /id="needs"([^]*?)<\/section>/.exec(html)![1]!;
  equal(needs.match(/<li class="need/g)?.length, 2);
  match(needs, /NodeDown<\/a> <strong class="need-times">×30<\/strong>[^]*… \+29/);
  match(needs, /href="\/silences\/new\?matchers=alertname%3D%22NodeDown%22"/);
  const form = [...needs.matchAll(/<form[^]*?<\/form>/g)].map(([form]) => form)
    .find((form) => form.includes("NodeDown"))!;
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)]
    .filter(([, name]) => name !== "form_token")
    .map(([, name, value]): [string, string] => [name!, value!.replaceAll("&amp;", "&")]);
  const { status, headers } = await one.post("/incidents/act", [...fields, ["act", "take"]]);
  equal([status, headers.get("location")], [303, "/"]);
  house.clock.advance(SLOW);
  const after = (await one.get("/", english)).html;
  match(after, /31 critical, 1 that nobody has taken/);
  match(after, /<h2 id="taken-title">Taken <span class="count">30<\/span>/);
  const [, left = ""] = /id="needs"([^]*?)<\/section>/.exec(after)!;
  match(left, /DiskFull/);
  doesNotMatch(left, /NodeDown/);
});

Deno.test("a silenced storm is marked and waits behind what is not, and the sentence counts it apart", async () => {
  await using house = await testRelay();
  await house.fire(...Array.from({ length: 5 }, (_, index) => ({
    labels: { alertname: "NodeDown", instance: `n-${index}`, severity: "critical" },
  })));
  await house.fire({ labels: { alertname: "DiskFull", severity: "warning" } });
  const made = await api(house, "POST", "silences", {
    body: { matchers: ['alertname="NodeDown"'], duration: "1h", comment: "a storm" },
  });
  equal(made.status, 201, JSON.stringify(made.body));
  house.clock.advance(2_000);
  const { html } = await (await visitor(house, "operator")).get("/", { "accept-language": "en" });
  match(html, /1 warning that nobody has taken; 5 silenced/);
  match(html, /<li class="need warning"[^]*<li class="need critical quieted"[^]*◌<\/span> silenced<\/span>/);
});

Deno.test("a viewer sees what needs somebody, without buttons", async () => {
  await using house = await testRelay();
  await house.fire({ labels: { alertname: "DiskFull", severity: "critical" } });
  const { html } = await (await visitor(house, "viewer")).get("/");
  match(html, /id="needs"[^]*DiskFull/);
  doesNotMatch(html, /action="\/incidents\/act"/);
});

Deno.test("what somebody has taken says who, and the newest note", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "operator");
  await house.fire({ labels: { alertname: "DiskFull", severity: "critical" } });
  const [, id] = /\/incidents\/([0-9A-Z]{26}-\d{3})/.exec((await one.get("/")).html)!;
  await one.post(`/incidents/${id}/act`, { act: "take", text: "<the disk> is on its way" });
  house.clock.advance(SLOW);
  const { html } = await one.get("/", { "accept-language": "en" });
  const [, taken = ""] = /id="taken"([^]*?)<\/section>/.exec(html)!;
  match(taken, /DiskFull[^]*some-operator has it[^]*&lt;the disk&gt; is on its way/);
  match(html, /1 active, and somebody has it/);
});

Deno.test("each bar leads to its part of the alert log, which lists as many alerts as the bar counts", async () => {
  await using house = await testRelay();
  const one = await visitor(house, "viewer");
  for (const minutes of [0, 20, 7, 95]) {
    house.clock.advance(minutes * 60_000);
    await house.fire({ labels: { alertname: "A", instance: String(minutes), severity: "error" } });
    await house.fire({ labels: { alertname: "B", instance: String(minutes), severity: "info" } });
  }
  await house.fire({ labels: { alertname: "A", instance: "0", severity: "error" }, status: "resolved" });
  for (
    const [range, steps, counted] of [["1h", 12, 2], ["6h", 24, 8], ["24h", 24, 8], ["7d", 28, 8]] as const
  ) {
    const { html } = await one.get(`/?range=${range}`, { "accept-language": "en" });
    const bars = [...html.matchAll(/<a href="([^"]+)" tabindex="-1"><title>([^<]*)<\/title>/g)];
    equal(bars.length, steps, range);
    let sum = 0;
    for (const [, href, title] of bars.filter(([, , title]) => !title!.endsWith("–"))) {
      const count = [...title!.matchAll(/: (\d+)$/gm)].reduce((all, [, number]) => all + Number(number), 0);
      const log = (await one.get(href!.replaceAll("&amp;", "&"))).html;
      equal(log.match(/<tr [^>]*id="a-|<tr id="/g)?.length ?? 0, count, `${range} ${title}`);
      sum += count;
    }
    equal(sum, counted, range);
  }
});
