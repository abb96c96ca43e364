import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import { turnOfLoop } from "../../../relay/base/event_loop.ts";
import { type Connection, GuardedLink } from "../../../relay/store/guarded_link.ts";
import { startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { scrape } from "../../kit/metrics.ts";
import { ROOT } from "../../kit/process.ts";
import { isInstalled } from "../../kit/program.ts";
import { SECRETS, testRelay } from "../../kit/relay.ts";

const YAML = (url: string): string => `
groups:
  - owner: default
    level: default
    destinations: [{ channel: inbox }, { name: hook, channel: webhook, config: { url: "${url}" } }]`;

Deno.test("what happens to an alert is counted where it happens", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: YAML(sink.url) });
  const count = async (series: string): Promise<number | undefined> =>
    (await scrape(house)).values.get(series);
  await house.fire({}, { labels: { instance: "b" } });
  await house.fire({}); // a duplicate
  equal(await count('fenghuo_alerts_accepted_total{dialect="alertmanager"}'), 3);
  equal(await count("fenghuo_alerts_duplicate_total"), 1);
  equal(await count('fenghuo_notifications_total{reason="first"}'), 2);
  equal(await count('fenghuo_deliveries_total{channel="inbox",state="delivered"}'), 2);
  equal(await count('fenghuo_delivery_latency_seconds_count{channel="webhook"}'), 2);
  equal(await count('fenghuo_incidents_open{severity="warning"}'), 2);
  equal(await count('fenghuo_group_incidents_open{group="default/default",severity="warning"}'), 2);
  ok(await count("fenghuo_commit_duration_seconds_count") ?? 0 >= 2);

  await house.fire({ status: "resolved" }, { status: "resolved", labels: { instance: "c" } });
  equal(await count('fenghuo_notifications_total{reason="resolved"}'), 1);
  equal(await count('fenghuo_notifications_suppressed_total{by="nothing_open"}'), 1);
  equal(await count('fenghuo_incidents_open{severity="warning"}'), 1);
});

Deno.test("attempts are counted by the vendor's verdict, and what waits by its lane's channel", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: YAML(sink.url) });
  sink.answer({ status: 503 });
  await house.fire({}, { labels: { instance: "b" } });
  let { values } = await scrape(house);
  ok((values.get('fenghuo_attempts_total{channel="webhook",verdict="retry"}') ?? 0) >= 1);
  equal(values.get('fenghuo_queue_deliveries{channel="webhook"}'), 2);
  equal(values.get('fenghuo_deliveries_total{channel="webhook",state="delivered"}'), 0);
  const before = values.get('fenghuo_queue_oldest_age_seconds{channel="webhook"}')!;
  house.clock.advance(1_000); // the lane rests for longer
  ({ values } = await scrape(house));
  equal(values.get('fenghuo_queue_oldest_age_seconds{channel="webhook"}'), before + 1);

  sink.answer({ status: 200 });
  await house.advance(3_600_000);
  ({ values } = await scrape(house));
  equal(values.get('fenghuo_deliveries_total{channel="webhook",state="delivered"}'), 2);
  equal(values.get('fenghuo_queue_deliveries{channel="webhook"}'), undefined);
});

Deno.test("a refused request is counted by its door and its code, a 5xx included", async () => {
  await using house = await testRelay();
  const post = (path: string, body: string, token = SECRETS.intakeToken): Promise<Response> =>
    house.request(path, { method: "POST", body, headers: { authorization: `Bearer ${token}` } });
  await post("/webhook", "{");
  await post("/webhook", "{}", "wrong");
  await post("/webhook", "{}", "wrong");
  await post("/nowhere", "{}");
  const { values } = await scrape(house);
  equal([...values].filter(([series]) => series.startsWith("fenghuo_requests_refused_total")), [
    ['fenghuo_requests_refused_total{door="alertmanager",code="400"}', 1],
    ['fenghuo_requests_refused_total{door="alertmanager",code="401"}', 2],
    ['fenghuo_requests_refused_total{door="none",code="404"}', 1],
  ]);
});

Deno.test("the upkeep's last success is known, and a failure does not count as one", async () => {
  await using house = await testRelay();
  const series = "fenghuo_upkeep_last_success_timestamp_seconds";
  equal((await scrape(house)).values.get(series), undefined);
  await house.relay.tidy();
  const at = house.clock.now() / 1_000;
  equal((await scrape(house)).values.get(series), at);
  house.clock.advance(60_000);
  house.relay.store.silences.tidy = () => Promise.reject(new Error("broken"));
  await house.relay.tidy().catch(() => {});
  const { values } = await scrape(house);
  equal(values.get(series), at);
  equal(values.get('fenghuo_upkeep_runs_total{result="failure"}'), 1);
});

Deno.test("of a thousand groups the hundred with the most open incidents are listed, the others as one", async () => {
  const groups = Array.from({ length: 120 }, (_, index) => `
  - { owner: team, level: "${index}", destinations: [{ channel: inbox }] }`);
  const rules = Array.from({ length: 120 }, (_, index) => `
  - { match: ['team="${index}"'], group: team/${index} }`);
  await using house = await testRelay({ yaml: `groups: ${groups.join("")}\nrules: ${rules.join("")}` });
  await house.fire(...Array.from({ length: 120 }, (_, index) => ({ labels: { team: String(index) } })));
  await house.fire({ labels: { team: "119", instance: "another" } });
  const { values } = await scrape(house);
  const listed = [...values.keys()].filter((series) => series.startsWith("fenghuo_group_incidents_open"));
  equal(listed.length, 4 * 101);
  equal(values.get('fenghuo_group_incidents_open{group="team/119",severity="warning"}'), 2);
  equal(values.get('fenghuo_group_incidents_open{group="other",severity="warning"}'), 20);
});

Deno.test("on a shared store the upkeep counts the open incidents, every ten minutes and only while it is scraped", async () => {
  await using house = await testRelay({ exclusive: false });
  const series = 'fenghuo_incidents_open{severity="warning"}';
  const open = async (): Promise<number | undefined> => (await scrape(house)).values.get(series);
  await house.fire({}, { labels: { instance: "b" } });
  let reads = 0;
  const { incidents } = house.relay.store;
  const newest = incidents.newest.bind(incidents);
  incidents.newest = (...asked) => (reads++, newest(...asked));
  await house.relay.tidy();
  equal(reads, 0, "nobody has scraped");
  equal(await open(), undefined);
  await house.relay.tidy();
  equal([await open(), reads], [2, 1]);
  await house.fire({ labels: { instance: "c" } });
  await house.relay.tidy();
  equal([await open(), reads], [2, 1]);
  await house.advance(10 * MINUTE);
  await scrape(house);
  await house.relay.tidy();
  equal([await open(), reads], [3, 2]);
});

Deno.test("a shared database that stops answering shows at once, without asking it, and so does its return", async () => {
  const memory = await Deno.openKv(":memory:");
  let isAway = false;
  const silence = new Promise<never>(() => {});
  const kv = new Proxy(memory, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      if (name !== "atomic") return isAway ? () => silence : value.bind(target);
      return () => {
        const atomic = target.atomic();
        const commit = atomic.commit.bind(atomic);
        atomic.commit = () => isAway ? silence : commit();
        return atomic;
      };
    },
  });
  const clock = new TestClock();
  const connect = (): Connection => ({
    opened: isAway ? silence : Promise.resolve(kv),
    end: () => {},
  });
  const link = new GuardedLink({ cancels: true, connect }, { clock, report: () => {} });
  await link.whenUp();
  {
    await using house = await testRelay({
      kv: link as unknown as Deno.Kv, // a relay takes either
      exclusive: false,
      clock,
      env: { FENGHUO_METRICS_TOKEN: METRICS_TOKEN },
    });
    const store = async (): Promise<number[]> => {
      const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
      const text = await (await house.request("/metrics", { headers })).text();
      return [...text.matchAll(/^fenghuo_store_(?:available|outages_total) (\d+)$/gm)].map(([, value]) =>
        Number(value)
      );
    };
    equal(await store(), [1, 0]);
    isAway = true;
    let status: number | undefined;
    void house.post({}).then(async (response) => {
      await response.body?.cancel();
      status = response.status;
    });
    while (status === undefined) {
      clock.advance(500);
      await turnOfLoop();
    }
    equal(status, 503);
    equal(await store(), [0, 1]);
    isAway = false;
    clock.advance(1_000);
    await link.whenUp();
    equal(await store(), [1, 1]);
  }
  link.stop();
  memory.close();
});

const METRICS_TOKEN = "a-token-for-prometheus";

for (
  const [who, env, authorization, status] of [
    ["a stranger", {}, "", 401],
    ["a sender of alerts", {}, `Bearer ${SECRETS.intakeToken}`, 401],
    ["the administrator", {}, `Bearer ${SECRETS.adminPassword}`, 200],
    ["the metrics token", { FENGHUO_METRICS_TOKEN: METRICS_TOKEN }, `Bearer ${METRICS_TOKEN}`, 200],
    ["the metrics token as a password", { FENGHUO_METRICS_TOKEN: METRICS_TOKEN }, basic(METRICS_TOKEN), 200],
    ["another token", { FENGHUO_METRICS_TOKEN: METRICS_TOKEN }, "Bearer another", 401],
    ["a stranger where it is open", { FENGHUO_OPEN_METRICS: "1" }, "", 200],
  ] as const
) {
  Deno.test(`/metrics answers ${who} with ${status}`, async () => {
    await using house = await testRelay({ env });
    const response = await house.request("/metrics", { headers: { authorization } });
    equal(response.status, status, await response.text());
  });
}

Deno.test("the metrics token reads nothing else, and sends no alert", async () => {
  await using house = await testRelay({ env: { FENGHUO_METRICS_TOKEN: METRICS_TOKEN } });
  const headers = { authorization: `Bearer ${METRICS_TOKEN}` };
  equal((await house.request("/api/alerts", { headers })).status, 401);
  equal((await house.request("/webhook", { method: "POST", body: "{}", headers })).status, 401);
});

Deno.test("an API token that may read may scrape", async () => {
  await using house = await testRelay();
  const { body: { token } } = await api(house, "POST", "tokens", { body: { name: "p", scope: "read" } });
  const response = await house.request("/metrics", { headers: { authorization: `Bearer ${token}` } });
  equal(response.status, 200, await response.text());
});

Deno.test("a scrape asks the database nothing", async () => {
  let asked = 0;
  const kv = await Deno.openKv(":memory:");
  const counting = new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      asked++;
      return value.bind(target);
    },
  });
  {
    await using house = await testRelay({ kv: counting, env: { FENGHUO_OPEN_METRICS: "1" } });
    await house.fire({}, { labels: { instance: "b" } });
    ok(asked > 0);
    asked = 0;
    const response = await house.request("/metrics");
    equal(response.status, 200, await response.text());
    equal(asked, 0);
  }
  kv.close();
});

const hasPromtool = await isInstalled("promtool");

Deno.test({
  name: "promtool finds no fault in the names, the units and the format (needs promtool)",
  ignore: !hasPromtool,
  async fn(): Promise<void> {
    await using sink = await startSink();
    await using house = await testRelay({ yaml: YAML(sink.url) });
    await house.fire({}, { labels: { instance: 'q"uo\\te\n' } });
    await house.relay.tidy();
    const { text } = await scrape(house);
    const promtool = new Deno.Command("promtool", {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = promtool.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    const { stdout, stderr, code } = await promtool.output();
    const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
    equal([code, said], [0, ""]);
  },
});

function basic(password: string): string {
  return `Basic ${btoa(`prometheus:${password}`)}`;
}

Deno.test("docs/monitoring.md names every metric, and no other", async () => {
  await using house = await testRelay();
  const page = await Deno.readTextFile(`${ROOT}docs/monitoring.md`);
  const text = (await scrape(house)).text;
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
  ok(names.length > 15);
  equal(names.filter((name) => !page.includes(`\`${name}\``)), []);
  const told = [...page.matchAll(/`((?:fenghuo|process)_\w+)`/g)].map(([, name]) => name!);
  equal(told.filter((name) => !names.includes(name)), []);
});
