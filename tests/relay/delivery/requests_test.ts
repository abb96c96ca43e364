/** The requests of a delivery to a shared database, counted at their arrival. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { KV_STORE, openRemoteKv, startTestKv } from "../../kit/kv_connect.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** The requests to read and to write while something is done. */
async function requestsOf(
  proxy: Awaited<ReturnType<typeof startTestKv>>,
  work: () => Promise<void>,
): Promise<number[]> {
  proxy.resetCounters();
  await work();
  const { reads, writes } = proxy.counters();
  return [reads, writes];
}

function relayOn(kv: Deno.Kv, destination: string): Promise<TestRelay> {
  const yaml = `groups: [{ owner: default, level: default, destinations: [${destination}] }]`;
  return testRelay({ kv, exclusive: false, yaml });
}

Deno.test(`a lone alert costs six requests, from its arrival to its settled delivery, with a budget or without (${KV_STORE})`, async () => {
  await using sink = await startSink();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }] });
  for (
    const destination of [
      `{ channel: webhook, config: { url: "${sink.url}" } }`,
      `{ channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }`,
    ]
  ) {
    await using proxy = await startTestKv(KV_STORE);
    using kv = await openRemoteKv(proxy.urlOf());
    await using house = await relayOn(kv, destination);
    await house.fire({ labels: { instance: "before" } });
    const [reads, writes] = await requestsOf(proxy, () => house.fire({ labels: { instance: "alone" } }));
    // Accept it; take the lease and a place in the budget; write the result and leave the lane.
    equal([reads! <= 3, writes], [true, 3], `${reads} reads`);
    equal(await house.relay.store.outbox.lanes(), []);
    equal((await house.deliveries()).map(({ state }) => state), ["delivered", "delivered"]);
  }
});

Deno.test(`a look at a lane that waits costs no write (${KV_STORE})`, async () => {
  await using sink = await startSink();
  sink.answer({ status: 503, times: 1 });
  await using proxy = await startTestKv(KV_STORE, { instances: ["a", "b"] });
  using one = await openRemoteKv(proxy.urlOf("a"));
  using two = await openRemoteKv(proxy.urlOf("b"));
  const destination = `{ channel: webhook, config: { url: "${sink.url}" } }`;
  await using a = await relayOn(one, destination);
  await a.fire({ labels: { instance: "waits" } });
  await using b = await relayOn(two, destination);
  await b.settle();
  const [, writes] = await requestsOf(proxy, async () => {
    await b.relay.courier.sweep();
    b.relay.courier.reconsider();
    await b.settle();
  });
  equal(writes, 0);
});
