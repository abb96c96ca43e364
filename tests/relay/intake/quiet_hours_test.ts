import { deepStrictEqual as equal } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { entriesIn } from "../../../relay/store/held_queue.ts";
import type { Queued } from "../../../relay/domain/record.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type Scene, scene } from "../../kit/duty.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const YAML = `
groups:
  - owner: default
    level: default
    quiet: { from: "22:00", to: "08:00" }
    timezone: Asia/Shanghai
    destinations: [{ channel: inbox }]`;
const NIGHT = Date.parse("2026-11-20T23:30:00+08:00");
const MORNING = Date.parse("2026-11-21T08:00:00+08:00");

async function queued({ house }: Scene): Promise<Queued[]> {
  const entries = await Array.fromAsync(house.kv.list<Uint8Array>({ prefix: ["queue"] }));
  return entries.flatMap(({ value }) => entriesIn(value));
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, what is not critical waits for the end of quiet hours, through a restart`, async () => {
    await using house = await scene({ exclusive, yaml: YAML, now: NIGHT });
    equal(await house.fire({ labels: { severity: "warning", instance: "a" } }), "first");
    equal(await house.fire({ labels: { severity: "critical", instance: "b" } }), "first");
    equal(
      await house.fire({ status: "resolved", labels: { severity: "critical", instance: "b" } }),
      "resolved",
    );
    equal(await house.heard(), ["first firing", "resolved resolved"], "critical ones go at once");
    equal((await queued(house)).map(({ due, since, held }) => ({ due, since, held })), [
      { due: MORNING, since: MORNING, held: "quiet" },
    ]);
    const outcomes = (await house.house.relay.store.log.newest(3)).map(({ routing }) => routing[0]!.outcome);
    equal(outcomes.at(-1), { kind: "told", reason: "first", folded: 0, held: MORNING });
    equal(outcomes.filter((outcome) => "held" in outcome).length, 1);
    await house.restart();
    house.house.clock.advance(MORNING - 1 - house.house.clock.now());
    await house.house.relay.tidy();
    await house.house.settle();
    equal(await house.heard(), []);
    // A process that has just started leaves the lane to the one that works on it for two more seconds.
    await house.house.advance(exclusive ? 1 : 1 + 2_000);
    equal((await house.heard()).length, 1);
    equal(await queued(house), []);
  });
}

Deno.test("a severity that rises to critical at night is told at once, and takes its warning along", async () => {
  await using house = await scene({ yaml: `ignore_labels: [severity]${YAML}`, now: NIGHT });
  await house.fire({ labels: { severity: "warning" } });
  equal(await house.fire({ labels: { severity: "critical" } }), "changed");
  equal((await queued(house)).filter(({ due }) => due === undefined || due <= NIGHT).length, 0);
  equal(await house.heard(), ["changed firing"]);
  equal(await queued(house), []);
});

/** One destination that is left alone at night. */
async function sleeper(destination: string): Promise<TestRelay> {
  return await testRelay({
    clock: new TestClock(NIGHT),
    sendTimeout: 2_000,
    yaml: `ignore_labels: [severity]\n${YAML.replace("{ channel: inbox }", destination)}`,
  });
}

Deno.test("a program hears of what waited in one message, and not after its end of what began at night", async () => {
  await using sink = await startSink();
  await using house = await sleeper(`{ channel: webhook, config: { url: "${sink.url}" } }`);
  const heard = (): string[] =>
    sink.bodies.map((body) => {
      const { data: { alerts } } = body as {
        data: { alerts: { reason: string; labels: Record<string, string> }[] };
      };
      return alerts.map(({ reason, labels }) => `${labels.instance} ${reason}`).join(", ");
    });
  for (const instance of ["a", "b", "c"]) {
    await house.fire({ labels: { instance, severity: "warning" } });
  }
  await house.fire({ labels: { instance: "a", severity: "critical" } });
  await house.fire({ status: "resolved", labels: { instance: "a", severity: "critical" } });
  await house.fire({ status: "resolved", labels: { instance: "c", severity: "warning" } });
  const night = ["a changed, a first", "a resolved"];
  equal(heard(), night);
  await house.advance(MORNING - NIGHT - 1);
  equal(heard(), night);
  await house.advance(1);
  equal(heard(), [...night, "b first, c first", "c resolved"]);
});

Deno.test("a critical alert is told at night by a robot that was sick, however many wait for the morning", async () => {
  const now = (): number => house.clock.now();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now });
  await using house = await sleeper(
    `{ channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }`,
  );
  for (let payload = 0; payload < 3; payload++) {
    await house.fire(
      ...Array.from({ length: 400 }, (_, index) => ({ labels: { instance: `${payload}-${index}` } })),
    );
  }
  await dingtalk.down("5xx");
  for (let index = 0; index < 6; index++) {
    await house.fire({ labels: { instance: `c-${index}`, severity: "critical" } });
  }
  for (let minute = 0; minute < 5; minute++) await house.advance(60_000);
  await dingtalk.up();
  for (let minute = 0; minute < 10; minute++) await house.advance(60_000);
  const titles = (): string[] => dingtalk.robot("T").messages.map(({ title }) => title);
  equal(titles(), ["🔴c-0等6 Test"]);
  await house.advance(MORNING - now());
  await house.advance(10_000);
  equal(titles(), ["🔴c-0等6 Test", "🟡0-0等1000 Test", "🟡2-200等200 Test"]);
});

Deno.test("what waits for the morning is given up when its group is removed, and the next alert of a new one is told", async () => {
  await using house = await sleeper("{ channel: inbox }");
  const group = { quiet: { from: "22:00", to: "08:00" }, destinations: [{ channel: "inbox" }] };
  await api(house, "PUT", "config/groups/night/watch", { body: group });
  const rules = [{ match: ['team="night"'], group: "night/watch" }];
  await api(house, "PUT", "config/rules", { body: rules });
  const labels = { team: "night", instance: "a", severity: "warning" };
  await house.fire({ labels });
  const { body: { version: ruled } } = await api(house, "GET", "config/rules");
  await api(house, "DELETE", "config/rules", { version: ruled });
  const { body: { version } } = await api(house, "GET", "config/groups/night/watch");
  equal((await api(house, "DELETE", "config/groups/night/watch", { version })).status, 200);
  await house.settle();
  const [dead, ...others] = (await api(house, "GET", "dead")).body.dead;
  equal([dead.destination, dead.because, others], ["night/watch/inbox", "destination removed", []]);
  await api(house, "PUT", "config/groups/night/watch", { body: { ...group, quiet: undefined } });
  await api(house, "PUT", "config/rules", { body: rules });
  await house.fire({ labels });
  const { body } = await api(house, "GET", "ledger?from=1h&verify=1");
  const { delivered, dead: lost, pending } = body.destinations["night/watch/inbox"];
  equal([delivered, lost, pending, body.verified.agrees], [1, 1, 0, true], "its window ended with it");
});
