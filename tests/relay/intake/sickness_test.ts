import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const MINUTE = 60_000;

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
  for (let index = 0; index < 30; index++) {
    await (await house.post({ labels: { instance: `db-${index}` } })).body?.cancel();
    await house.settle();
  }
  await minutes(house, 45);
  const notices = (): string[] =>
    sink.bodies.map((body) => JSON.stringify(body)).filter((body) => body.includes("DestinationFails"));
  equal(notices().length, 1, "once, however often it fails");
  match(notices()[0]!, /DingTalk robot \(robot\) 无法接收消息/);
  const probes = dingtalk.requests.length;
  ok(probes >= 8 && probes <= 20, `${probes} tries in 45 minutes`);

  await dingtalk.up();
  await minutes(house, 12);
  equal(notices().length, 2);
  match(notices()[1]!, /resolved/);
  equal(
    dingtalk.robot("T").messages.map(({ title }) => title),
    ["[告警中 30] Test"],
    "what waited comes as a digest",
  );
  const [state, ...others] = (await house.relay.store.outbox.states()).values();
  equal(
    [state!.failures, state!.sick, state!.pause, others],
    [0, undefined, undefined, []],
    "the circuit is closed",
  );
  equal(house.reports, []);
});

async function minutes(house: TestRelay, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    await house.advance(MINUTE);
    await house.relay.tidy();
    await house.settle();
  }
}
