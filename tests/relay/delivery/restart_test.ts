/** The exact messages of a robot when the relay is stopped in the middle and started again on its database file. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { type DingTalk, startDingTalk } from "../../../simulator/dingtalk.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { temporaryFolder } from "../../kit/process.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

/** The outcomes of the robot's deliveries. */
type Fates = Record<"delivered" | "suppressed" | "pending" | "dead", number>;

interface Stage extends AsyncDisposable {
  readonly dingtalk: DingTalk;
  /** The address of the second destination. */
  readonly sink: Sink;
  readonly clock: TestClock;
  /** Post alerts of these instances one by one, each worked on before the next. */
  fire(...instances: readonly string[]): Promise<void>;
  /** Advance the clock, minute by minute, with the cron's work. */
  pass(ms: number): Promise<void>;
  restart(): Promise<void>;
  /** The titles of the robot's messages since this was last asked. */
  received(): string[];
  /** The ledger adds up, and so do the records: the figures of the robot. */
  ledger(): Promise<Fates>;
}

async function stage({ robot = "", hook = false } = {}): Promise<Stage> {
  const folder = await temporaryFolder();
  const clock = new TestClock();
  const dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  const sink = await startSink();
  const yaml = `
groups:
  - owner: default
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" }${robot} }
${hook ? `      - { name: hook, channel: webhook, config: { url: "${sink.url}" } }` : ""}`;
  const open = async (): Promise<{ kv: Deno.Kv; house: TestRelay }> => {
    const kv = await Deno.openKv(`${folder.path}/fenghuo.db`);
    return { kv, house: await testRelay({ clock, kv, yaml, sendTimeout: 2_000 }) };
  };
  let { kv, house } = await open();
  let seen = 0;
  const close = async (): Promise<void> => {
    await house[Symbol.asyncDispose]();
    kv.close();
  };
  return {
    dingtalk,
    sink,
    clock,
    async fire(...instances): Promise<void> {
      for (const instance of instances) {
        await house.fire({ labels: { instance } });
      }
    },
    async pass(ms): Promise<void> {
      for (let left = ms; left > 0; left -= MINUTE) {
        await house.advance(Math.min(left, MINUTE));
        await house.relay.tidy();
        await house.settle();
      }
    },
    async restart(): Promise<void> {
      await close();
      ({ kv, house } = await open());
      await house.settle();
    },
    received(): string[] {
      const { messages } = dingtalk.robot("T");
      return messages.slice(seen, seen = messages.length).map(({ title }) => title);
    },
    async ledger(): Promise<Fates> {
      const { body } = await api(house, "GET", "ledger?from=72h&verify=1");
      equal([body.addsUp, body.verified.agrees], [true, true], JSON.stringify(body));
      const { routed: _, ...count } = body.destinations["default/default/robot"];
      return count;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await close();
      await dingtalk.close();
      await sink.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const names = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

Deno.test("in a burst: each alert once, and never more than the robot takes", async () => {
  await using scene = await stage();
  await scene.fire(...names("a", 12));
  equal(scene.received(), names("a", 8).map((name) => `🟡${name} Test`));
  await scene.restart();
  equal(scene.received(), [], "its places are remembered");
  await scene.fire(...names("b", 20));
  await scene.restart();
  await scene.pass(10 * SECOND);
  equal(scene.received(), ["🟡a-8等24 Test"]);
  equal(await scene.ledger(), { delivered: 32, suppressed: 0, pending: 0, dead: 0 });
  equal(scene.dingtalk.requests.length, 9);
});

Deno.test("in a block of ten minutes: not a word before its end, then all in one", async () => {
  await using scene = await stage();
  scene.dingtalk.fault("throttle");
  await scene.fire(...names("a", 5));
  await scene.pass(4 * MINUTE);
  await scene.restart();
  await scene.fire(...names("b", 5));
  await scene.pass(6 * MINUTE - 1);
  equal(scene.received(), []);
  equal(scene.dingtalk.requests.length, 1, "nor is the robot asked");
  await scene.pass(1);
  equal(scene.received(), ["🟡a-0等10 Test"]);
  equal(await scene.ledger(), { delivered: 10, suppressed: 0, pending: 0, dead: 0 });
});

Deno.test("in a day whose quota is used up: nothing until midnight in China, then all in one", async () => {
  await using scene = await stage({ robot: ", limits: [{ messages: 3, per: day }]" });
  for (const name of ["a", "b", "c"]) {
    await scene.fire(name);
    await scene.pass(10 * MINUTE);
  }
  equal(scene.received().length, 3);
  await scene.restart();
  await scene.fire(...names("d", 10));
  await scene.pass(7 * HOUR);
  await scene.restart();
  equal(scene.received(), []);
  equal(await scene.ledger(), { delivered: 3, suppressed: 0, pending: 10, dead: 0 });
  await scene.pass(30 * MINUTE - 1);
  equal(scene.received(), []);
  await scene.pass(1);
  equal(scene.received(), ["🟡d-0等10 Test"]);
  equal(scene.dingtalk.requests.length, 4, "the robot refused nothing");
});

Deno.test("while a fallback takes over: it hears of each alert once, and so does the ledger", async () => {
  await using scene = await stage({ robot: ", fallback: hook", hook: true });
  const heard = (): string[] =>
    scene.sink.bodies.flatMap((body) =>
      (body as { data: { alerts: { labels: Record<string, string> }[] } }).data.alerts
        .flatMap(({ labels }) => labels.instance ?? [])
    );
  scene.dingtalk.fault("removed", { times: Infinity });
  await scene.sink.down("5xx");
  await scene.fire("a", "b", "c");
  await scene.pass(SECOND);
  equal(await scene.ledger(), { delivered: 0, suppressed: 3, pending: 0, dead: 0 });
  await scene.restart();
  await scene.fire("d");
  await scene.sink.up();
  await scene.pass(MINUTE);
  await scene.restart();
  await scene.pass(MINUTE);
  equal(heard().toSorted(), ["a", "b", "c", "d"]);
  equal(scene.dingtalk.requests.length, 1, "the robot that is gone is not asked again");
  equal(await scene.ledger(), { delivered: 0, suppressed: 4, pending: 0, dead: 0 });
});

Deno.test("while a robot is sick: its group is told once, it is probed as rarely as before, and all comes in one", async () => {
  await using scene = await stage({ hook: true });
  const notices = (): string[] =>
    scene.sink.bodies.map((body) => JSON.stringify(body)).filter((text) => text.includes("DestinationFails"))
      .map((text) => /"status":"(\w+)"/.exec(text)![1]!);
  await scene.dingtalk.down("5xx");
  await scene.fire(...names("a", 8));
  await scene.pass(20 * MINUTE);
  const before = scene.dingtalk.requests.length;
  for (let restart = 0; restart < 5; restart++) {
    await scene.restart();
    await scene.pass(MINUTE);
  }
  ok(scene.dingtalk.requests.length - before <= 1, "a restart is no reason to ask again");
  equal(notices(), ["firing"]);
  await scene.dingtalk.up();
  await scene.restart();
  await scene.pass(12 * MINUTE);
  equal(scene.received(), ["🟡a-0等8 Test"]);
  equal(notices(), ["firing", "resolved"]);
  equal(await scene.ledger(), { delivered: 8, suppressed: 0, pending: 0, dead: 0 });
});
