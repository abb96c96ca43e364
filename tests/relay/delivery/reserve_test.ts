/** The time of a message: its slot in the vendor's budget, and the selection from the queue. */
import { deepStrictEqual as equal } from "node:assert/strict";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";
import { LEASE } from "../../../relay/delivery/lane_lease.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { withChannel } from "../../kit/channels.ts";
import { TestClock } from "../../kit/clock.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { SECOND } from "../../../relay/base/duration.ts";

const TIMEOUT = 2 * SECOND;

async function post(house: TestRelay, ...instances: readonly string[]): Promise<void> {
  for (const instance of instances) {
    await house.fire({ labels: { instance } });
  }
}

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** The channels, of which one first does something else when it is asked for a request. */
function held(name: string, hold: () => void): Promise<ChannelRegistry> {
  return withChannel(name, (usual) => ({
    ...usual,
    request: async (...asked) => {
      hold();
      return await usual.request!(...asked);
    },
  }));
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local" : "a shared";
  Deno.test(`on ${store} store, a message that was held up on its way takes another place, for it would arrive too late`, async () => {
    const clock = new TestClock();
    await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
    let asked = 0;
    await using house = await testRelay({
      clock,
      exclusive,
      sendTimeout: TIMEOUT,
      channels: await held("dingtalk_robot", () => {
        if (asked++ === 0) clock.advance(2 * TIMEOUT);
      }),
      yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }]`,
    });
    await post(house, "a");
    equal([asked, dingtalk.requests.length], [2, 1]);
  });
}

Deno.test("a courier whose lease ended while it renewed it sends nothing before it holds the lane again", async () => {
  const clock = new TestClock();
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  let [asked, renewing] = [0, false];
  const left: boolean[] = [];
  await using house = await testRelay({
    clock,
    kv: faulty.kv,
    exclusive: false,
    sendTimeout: TIMEOUT,
    channels: await held("webhook", () => {
      if (asked++ > 0) return;
      clock.advance(LEASE - SECOND);
      renewing = true;
    }),
    fetch: async (...request) => {
      const { destinations: [hook] } = house.relay.config.groups.get("default/default")!;
      const { until = 0 } = await house.relay.store.outbox.record(hook!.lane) ?? {};
      left.push(until > clock.now());
      return await fetch(...request);
    },
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
  });
  faulty.onCommit = () => {
    if (renewing) clock.advance(LEASE);
    renewing = false;
    return undefined;
  };
  await post(house, "a");
  for (let minute = 0; minute < 3; minute++) await house.advance(60 * SECOND);
  equal([left, sink.bodies.length, asked], [[true], 1, 2]);
});

Deno.test("a place is counted until the latest time at which a slow destination's message may arrive", async () => {
  const clock = new TestClock();
  await using sink = await startSink();
  const free: number[] = [];
  await using house = await testRelay({
    clock,
    sendTimeout: TIMEOUT,
    fetch: async (...request) => {
      const { destinations: [hook] } = house.relay.config.groups.get("default/default")!;
      const { spent = {} } = await house.relay.store.outbox.record(hook!.lane) ?? {};
      free.push(...Object.keys(spent["60000"] ?? {}).map((at) => Number(at) - clock.now()));
      return await fetch(...request);
    },
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, timeout: 1m, limits: [{ messages: 20, per: 1m }], config: { url: "${sink.url}" } }]`,
  });
  await post(house, "a");
  equal(free.map((ms) => ms >= 2 * 60 * SECOND), [true], `a minute after it arrived: ${free}`);
  equal(sink.bodies.length, 1);
});

Deno.test("a place is free a minute after the vendor's answer, not after the latest time thinkable", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    sendTimeout: 10 * SECOND,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }]`,
  });
  await post(house, ...names("a", 8));
  await house.advance(61 * SECOND);
  await post(house, ...names("b", 8));
  equal(
    dingtalk.robot("T").messages.map(({ title }) => title),
    [...names("a", 8), ...names("b", 8)].map((name) => `🟡${name} Test`),
  );
});

Deno.test("what is accepted while a lane looks at its queue is not left until the lane comes back", async () => {
  await using sink = await startSink();
  using kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  await using house = await testRelay({
    kv: faulty.kv,
    sendTimeout: TIMEOUT,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
  });
  sink.answer({ status: 503, times: 1 });
  await post(house, "fails");
  faulty.onList = async ([first]) => {
    if (first?.key[0] !== "queue") return;
    faulty.onList = undefined;
    await house.accept({ labels: { instance: "late" } });
  };
  house.relay.courier.reconsider();
  await house.settle();
  equal(sink.bodies.map((body) => /"instance":"(\w+)"/.exec(JSON.stringify(body))?.[1]), ["late"]);
});
