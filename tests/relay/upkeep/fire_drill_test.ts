import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { visitor } from "../../kit/console.ts";
import { minutes } from "../../kit/duty.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** Five minutes before the drill: a Monday, 09:55 UTC. */
const BEFORE = Date.UTC(2026, 10, 30, 9, 55);

const yaml = (url: string, more = ""): string => `
drill: { days: [mon], at: "10:00", timezone: UTC }
groups:
  - { owner: default, level: default, locale: en, destinations: [{ channel: inbox }] }
  - owner: ops
    level: night
    locale: zh
    quiet: { from: "00:00", to: "24:00" }
    destinations:
      - { name: hook, channel: webhook, config: { url: "${url}" }, fallback: spare }
      - { name: spare, channel: inbox }
${more}`;

interface Kept {
  readonly group: string;
  readonly title: string;
  readonly body: string;
  readonly status: string;
}

/** The messages in the inbox, the oldest first: group and title. */
async function inbox(house: TestRelay): Promise<string[]> {
  const kept = await house.relay.store.caches.newest("inbox", 100) as unknown as Kept[];
  return kept.toReversed().map(({ group, title }) => `${group} ${title}`);
}

/** The titles of the webhook's messages. */
function titles({ bodies }: Sink): string[] {
  return bodies.map((body) => (body as { data: { title: string } }).data.title);
}

const EN = "[Drill] Fire drill: nothing is wrong";
const ZH = "【演练】消防演练：没有发生故障";

Deno.test("at its time each destination gets one message, marked as a drill in the language of its group", async () => {
  await using sink = await startSink();
  const clock = new TestClock(BEFORE);
  await using house = await testRelay({ yaml: yaml(sink.url), clock });
  await minutes(house, 4);
  equal([await inbox(house), titles(sink)], [[], []]);
  await minutes(house, 30);
  const messages = await inbox(house);
  equal(
    messages.map((one) => one.replace(/【信息】|\[Info\] ?/i, "")).sort().map((one) => one.split(" ")[0]),
    [
      "default/default",
      "ops/night",
    ],
  );
  ok(
    messages.some((one) => one.includes(EN)) && messages.some((one) => one.includes(ZH)),
    messages.join("\n"),
  );
  equal(titles(sink).length, 1);
  ok(titles(sink)[0]!.includes(ZH));

  const { last, plan } = (await api(house, "GET", "drill")).body;
  equal([last.proven, last.failures, last.failed, last.by], [3, 0, [], undefined]);
  equal(plan.nextAt, last.slot + 7 * 24 * HOUR);
  for (const id of ["default/default/inbox", "ops/night/hook", "ops/night/spare"]) {
    ok((await house.relay.store.proofs.of(id))!.at >= last.slot, id);
  }
  equal(await house.relay.store.incidents.newest("open", 5), [], "nothing is left open");
  const drilled = (await house.relay.store.log.newest(10)).filter(({ routing }) =>
    routing[0]!.by === "drill"
  );
  equal(drilled.length, 4, "two alerts, and their ends, which notify nobody");
  const ledger = (await api(house, "GET", "ledger?from=24h")).body;
  equal([ledger.drills, ledger.heard.told, ledger.addsUp], [2, 2, true]);

  await minutes(house, 3 * 60);
  equal([(await inbox(house)).length, titles(sink).length], [2, 1], "once");
  equal(house.reports, []);
});

Deno.test("a destination that fails is reported through another one, and its recovery at the next drill", async () => {
  await using sink = await startSink();
  const clock = new TestClock(BEFORE);
  await using house = await testRelay({ yaml: yaml(sink.url), clock });
  sink.answer({ status: 404 });
  await minutes(house, 40);
  const { last } = (await api(house, "GET", "drill")).body;
  equal([last.proven, last.failures, last.failed.length], [2, 1, 1]);
  equal(last.failed[0].destination, "ops/night/hook");
  match(last.failed[0].because, /404/);
  const told = await inbox(house);
  ok(
    told.some((one) => one.startsWith("ops/night") && one.includes("消防演练：ops/night 有 1 个目标未确认")),
    told.join("\n"),
  );
  match(house.reports.at(-1)!, /^The fire drill failed: ops\/night\/hook: .*404/);
  const open = await house.relay.store.incidents.newest("open", 5);
  ok(open.some(({ title }) => title.includes("消防演练：ops/night")));

  sink.answer({ status: 200 });
  clock.advance(7 * 24 * HOUR - 45 * MINUTE);
  await minutes(house, 40);
  equal((await api(house, "GET", "drill")).body.last.failures, 0);
  const left = await house.relay.store.incidents.newest("open", 5);
  ok(!left.some(({ title }) => title.includes("消防演练：ops/night")), left.map(({ title }) => title).join());
});

Deno.test("when no destination of a group confirms, the default group is notified", async () => {
  await using sink = await startSink();
  const clock = new TestClock(BEFORE);
  const more =
    `  - { owner: lone, level: one, locale: en, destinations: [{ name: hook, channel: webhook, config: { url: "${sink.url}" } }] }`;
  await using house = await testRelay({ yaml: yaml("http://127.0.0.1:9/", more), clock });
  sink.answer({ status: 404 });
  await minutes(house, 40);
  const told = await inbox(house);
  ok(
    told.some((one) =>
      one.startsWith("default/default") && one.includes("Fire drill: 1 destinations of lone/one")
    ),
    told.join("\n"),
  );
});

Deno.test("a chosen list leaves the others alone", async () => {
  await using sink = await startSink();
  const clock = new TestClock(BEFORE);
  const chosen = yaml(sink.url).replace("timezone: UTC }", "timezone: UTC, destinations: [ops/night/hook] }");
  await using house = await testRelay({ yaml: chosen, clock });
  await minutes(house, 30);
  equal([await inbox(house), titles(sink).length], [[], 1]);
});

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, a drill whose sending was cut off goes on, and nobody gets it twice`, async () => {
    await using sink = await startSink();
    const clock = new TestClock(BEFORE);
    const kv = await Deno.openKv(":memory:");
    {
      await using house = await testRelay({ yaml: yaml(sink.url), clock, kv, exclusive });
      const { drills } = house.relay.store;
      const change = drills.change.bind(drills);
      let calls = 0;
      // The alerts are stored, and then the store is away: that they were sent is not recorded.
      drills.change = (next) =>
        ++calls === 2 ? Promise.reject(new StoreError("unavailable", "away")) : change(next);
      await minutes(house, 4);
      clock.advance(MINUTE);
      await house.relay.tidy().catch(() => {});
      await house.settle();
      equal(titles(sink).length, 1);
    }
    await using next = await testRelay({ yaml: yaml(sink.url), clock, kv, exclusive });
    await minutes(next, 25);
    equal([(await inbox(next)).length, titles(sink).length], [2, 1]);
    equal((await api(next, "GET", "drill")).body.last.failures, 0);
    await next[Symbol.asyncDispose]();
    kv.close();
  });
}

Deno.test("of two instances one sends it", async () => {
  await using sink = await startSink();
  const clock = new TestClock(BEFORE);
  const kv = await Deno.openKv(":memory:");
  {
    const options = { yaml: yaml(sink.url), clock, kv, exclusive: false };
    await using one = await testRelay(options);
    await using two = await testRelay(options);
    await minutes(one, 30, [two]);
    equal([(await inbox(one)).length, titles(sink).length], [2, 1]);
    equal((await api(two, "GET", "drill")).body.last.proven, 3);
  }
  kv.close();
});

Deno.test("what a person started at an instance that ends is finished by another one", async () => {
  await using sink = await startSink();
  const clock = new TestClock(BEFORE);
  const kv = await Deno.openKv(":memory:");
  {
    const options = { yaml: yaml(sink.url).replace(/drill: .*\n/, ""), clock, kv, exclusive: false };
    await using two = await testRelay(options);
    {
      await using one = await testRelay(options);
      await minutes(one, 2, [two]);
      equal((await api(one, "POST", "drill")).status, 200);
    }
    await minutes(two, 20);
    const { last } = (await api(two, "GET", "drill")).body;
    equal([last.proven, typeof last.finishedAt], [3, "number"]);
    equal((await api(two, "POST", "drill")).status, 200);
    await minutes(two, 20);
  }
  kv.close();
});

Deno.test("a person may start one, not two, and the audit log names them", async () => {
  await using sink = await startSink();
  await using house = await testRelay({ yaml: yaml(sink.url).replace(/drill: .*\n/, "") });
  equal((await api(house, "GET", "drill")).body, {});
  sink.answer({ status: 503 });
  const operator = await visitor(house, "operator");
  const page = await operator.get("/groups");
  ok(page.html.includes('action="/groups/drill"'));
  equal((await operator.post("/groups/drill", {})).status, 303);
  equal((await api(house, "POST", "drill")).status, 409);
  await minutes(house, 17);
  const { last } = (await api(house, "GET", "drill")).body;
  equal([last.proven, last.failures, last.by], [2, 1, "some-operator"]);
  const { body: { entries } } = await api(house, "GET", "audit");
  ok(
    entries.some(({ by, action, what }: Record<string, string>) =>
      by === "some-operator" && action === "tested" && what === "drill"
    ),
  );
  const viewer = await visitor(house, "viewer");
  const html = (await viewer.get("/groups")).html;
  ok(html.includes("ops/night/hook") && !html.includes('action="/groups/drill"'));
});

for (
  const [section, complaint] of [
    ["{ days: [mon] }", /drill\.at/],
    ['{ at: "25:00" }', /drill\.at/],
    [
      '{ at: "10:00", destinations: [ops/night/hok] }',
      /drill\.destinations\[0\]: there is no destination "ops\/night\/hok"; did you mean "ops\/night\/hook"/,
    ],
    ['{ at: "10:00", timezone: Mars }', /drill\.timezone/],
  ] as const
) {
  Deno.test(`drill: ${section} is refused at the start`, async () => {
    const wrong = yaml("http://127.0.0.1:9/").replace(/drill: .*/, `drill: ${section}`);
    const error = await testRelay({ yaml: wrong }).catch((error) => error);
    ok(error instanceof Error);
    match(error.message, complaint);
  });
}
