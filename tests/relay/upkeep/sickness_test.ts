import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { minutes } from "../../kit/duty.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

Deno.test("a group hears once of its robot that takes nothing, through what works, and once that it works again", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using sink = await startSink();
  await using house = await testRelay({
    clock,
    sendTimeout: 2_000,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }
      - { name: hook, channel: webhook, config: { url: "${sink.url}" } }
  - owner: alone
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }`,
  });
  await dingtalk.down("5xx");
  await post(house, "db", 30);
  await minutes(house, 45);
  equal(noticesOf(sink).length, 1, "once, however often it fails");
  match(noticesOf(sink)[0]!, /钉钉机器人 \(robot\) 无法接收消息/);
  const probes = dingtalk.requests.length;
  ok(probes >= 8 && probes <= 20, `${probes} tries in 45 minutes`);

  await dingtalk.up();
  await minutes(house, 12);
  equal(noticesOf(sink).length, 2);
  match(noticesOf(sink)[1]!, /resolved/);
  equal(
    dingtalk.robot("T").messages.map(({ title }) => title),
    ["🟡db-0等30 Test"],
    "what waited comes as a digest",
  );
  const logged = await house.relay.store.log.newest(100);
  equal(
    logged.filter(({ alert }) => !("dialect" in alert) || alert.dialect === "fenghuo").length,
    2,
    "nor is it counted again while it lasts",
  );
  const [state, ...others] = (await house.relay.store.outbox.states()).values();
  equal(
    [state!.failures, state!.sick, state!.pause, others],
    [0, undefined, undefined, []],
    "the circuit is closed",
  );
  equal(house.reports, []);
});

Deno.test("a sickness ends, and a new one is told, although the destination that told of it is gone", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using old = await startSink();
  await using recent = await startSink();
  const start = (hook: string): Promise<TestRelay> =>
    testRelay({
      clock,
      kv,
      sendTimeout: 2_000,
      yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }
      - { name: ${hook}, channel: webhook, config: { url: "${(hook === "old" ? old : recent).url}" } }`,
    });
  const fail = async (house: TestRelay, name: string): Promise<void> => {
    await dingtalk.down("5xx");
    await post(house, name, 8);
    await minutes(house, 10);
  };
  const notices = (sink: Sink): number => noticesOf(sink).length;
  {
    await using house = await start("old");
    await fail(house, "a");
    equal([notices(old), notices(recent)], [1, 0]);
  }
  await using house = await start("recent");
  await minutes(house, 2);
  equal(notices(recent), 0, "it was told of that");
  await dingtalk.up();
  await minutes(house, 20);
  equal(await house.relay.store.incidents.open(({ dialect }) => dialect === "fenghuo"), []);
  const before = notices(recent);
  await fail(house, "b");
  equal(notices(recent), before + 1);
});

Deno.test("where nothing else works nobody is told of a sick robot, until something does", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using sink = await startSink();
  const start = (more = ""): Promise<TestRelay> =>
    testRelay({
      clock,
      kv,
      sendTimeout: 2_000,
      yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }${more}`,
    });
  const own = async ({ relay }: TestRelay): Promise<string[]> =>
    (await relay.store.log.newest(100)).flatMap(({ alert }) =>
      "dialect" in alert && alert.dialect === "fenghuo" ? [alert.labels.destination!] : []
    );
  await dingtalk.down("5xx");
  {
    await using house = await start();
    await post(house, "db", 8);
    await minutes(house, 15);
    equal(await own(house), []);
    const sick = [...(await house.relay.store.outbox.states()).values()].filter(({ sick }) => sick);
    equal(sick.length, 1, "the console shows it");
  }
  await using house = await start(
    `\n      - { name: hook, channel: webhook, config: { url: "${sink.url}" } }`,
  );
  await minutes(house, 2);
  equal(await own(house), ["default/default/robot"]);
  equal(noticesOf(sink).length, 1);
});

/** Post alerts of different instances, one after the other. */
async function post(house: TestRelay, name: string, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    await house.fire({ labels: { instance: `${name}-${index}` } });
  }
}

/** The relay's own alerts about a failing destination that a webhook got. */
function noticesOf({ bodies }: Sink): string[] {
  return bodies.map((body) => JSON.stringify(body)).filter((body) => body.includes("DestinationFails"));
}
