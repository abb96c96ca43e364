import { deepStrictEqual as equal } from "node:assert/strict";
import { type Ocp, startOcp } from "../../../simulator/ocp.ts";
import { TestClock } from "../../kit/clock.ts";
import { minutes } from "../../kit/duty.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

/** A group that notifies OCP and its inbox. */
async function withOcp(more = ""): Promise<{ house: TestRelay; ocp: Ocp } & AsyncDisposable> {
  const clock = new TestClock();
  const ocp = await startOcp({ keys: { AK: "sk" }, users: {}, rules: ["fenghuo"], now: () => clock.now() });
  const house = await testRelay({
    clock,
    yaml: `
groups:
  - owner: default
    level: default
    window: 60m
    destinations:
      - { channel: inbox }
      - channel: ocp
        config: { base: "${ocp.url}", access_key: AK, secret_key: sk, alarm_type: fenghuo${more} }`,
  });
  return {
    house,
    ocp,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await ocp[Symbol.asyncDispose]();
    },
  };
}

Deno.test("an alarm at OCP is pushed again every two minutes while it fires, and nobody else is told", async () => {
  await using scene = await withOcp();
  const { house, ocp } = scene;
  await house.fire({ labels: { instance: "db-1" } });
  equal(ocp.alarms.map(({ pushes }) => pushes), [1]);
  await minutes(house, 6);
  equal(ocp.alarms.map(({ pushes }) => pushes), [4], "after two, four and six minutes");
  equal((await house.relay.store.caches.newest("inbox", 10)).length, 1);
  await house.fire({ status: "resolved", labels: { instance: "db-1" } });
  await minutes(house, 6);
  equal(ocp.alarms.map(({ pushes }) => pushes), [4], "what is over is left to OCP's period");
  equal(house.reports, []);
});

Deno.test("reminders do not pile up while OCP is down, and do not end the window", async () => {
  await using scene = await withOcp();
  const { house, ocp } = scene;
  await house.fire({ labels: { instance: "db-1" } });
  ocp.fault("5xx", { times: 1_000 });
  await minutes(house, 30);
  const waiting = await Array.fromAsync(house.kv.list({ prefix: ["queue"] }));
  equal(waiting.length, 1);
  const again = await house.post({ labels: { instance: "db-1" } });
  equal((await again.json()).duplicates, 1);
});

Deno.test("repeat_seconds: 0 pushes an alarm once", async () => {
  await using scene = await withOcp(", repeat_seconds: 0");
  const { house, ocp } = scene;
  await house.fire({ labels: { instance: "db-1" } });
  await minutes(house, 6);
  equal(ocp.alarms.map(({ pushes }) => pushes), [1]);
});
