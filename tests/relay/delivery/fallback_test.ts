import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import type { Delivery } from "../../../relay/domain/record.ts";
import { type DingTalk, startDingTalk } from "../../../simulator/dingtalk.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

interface Scene extends AsyncDisposable {
  readonly house: TestRelay;
  readonly dingtalk: DingTalk;
  /** The destination of the fallback. */
  readonly sink: Sink;
  restart(): Promise<void>;
}

/** A group whose robot falls back to a webhook. */
async function scene(
  { robot = "", sink: more = "", config = "", duty = "", now }: Readonly<
    Partial<Record<"robot" | "sink" | "config" | "duty", string> & { now: number }>
  > = {},
): Promise<Scene> {
  const clock = new TestClock(now);
  const kv = await Deno.openKv(":memory:");
  const dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  const sink = await startSink();
  const yaml = `
groups:
  - owner: default
    level: default
${duty}
    destinations:
      - { name: robot, channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" }, fallback: hook${robot} }
      - { name: hook, channel: webhook, config: { url: "${sink.url}" }${more} }
${config}`;
  const open = (): Promise<TestRelay> => testRelay({ clock, kv, yaml, sendTimeout: 2_000 });
  let house = await open();
  return {
    get house() {
      return house;
    },
    dingtalk,
    sink,
    async restart(): Promise<void> {
      await house.relay.stop({ grace: 0 });
      house = await open();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      kv.close();
      await dingtalk.close();
      await sink.close();
    },
  };
}

async function post({ house }: Scene, ...instances: readonly string[]): Promise<void> {
  for (const instance of instances) {
    await house.fire({ labels: { instance } });
  }
}

/** Every delivery, as `<destination> <state>`, in the order of the alerts. */
async function states(stage: Scene): Promise<string[]> {
  return (await deliveries(stage)).map(({ destination, state }) => `${destination.split("/")[2]} ${state}`);
}

async function deliveries({ house }: Pick<Scene, "house">): Promise<Delivery[]> {
  const logged = (await house.relay.store.log.newest(1_000)).toReversed();
  const own = logged.filter(({ alert }) => !("dialect" in alert) || alert.dialect !== "fenghuo");
  return (await Promise.all(own.map(({ id }) => house.relay.store.deliveries.of(id)))).flat();
}

/** The instances of which the fallback heard, in the order of their arrival. */
function heard({ sink }: Scene): string[] {
  return sink.bodies.flatMap((body) => {
    const { data: { alerts } } = body as {
      data: { alerts: { labels: Record<string, string> }[] };
    };
    return alerts.map(({ labels }) => labels.instance ?? labels.alertname!);
  });
}

/** The whole ledger of the last hours is balanced, by its tallies and recounted. */
async function addsUp({ house }: Pick<Scene, "house">): Promise<void> {
  const response = await house.request("/api/ledger?from=48h&verify=1", {
    headers: { authorization: "Bearer test-password" },
  });
  const ledger = await response.json();
  equal([response.status, ledger.addsUp], [200, true], JSON.stringify(ledger, null, 1));
}

Deno.test("a fallback hears of nothing while the first one takes everything", async () => {
  await using stage = await scene();
  await post(stage, "a", "b");
  equal(await states(stage), ["robot delivered", "robot delivered"]);
  equal(heard(stage), []);
});

Deno.test("an alert that a robot refuses for good goes to the fallback, which says why, and the record names both", async () => {
  await using stage = await scene();
  stage.dingtalk.fault("errcode", { errcode: 430104, errmsg: "unsafe content", times: 2 });
  await post(stage, "a");
  equal(await states(stage), ["robot suppressed", "hook delivered"]);
  const [robot, hook] = await deliveries(stage);
  equal([robot!.by, hook!.instead!.delivery, hook!.id], ["fallback", robot!.id, `${robot!.id}-fallback`]);
  match(robot!.because, /^default\/default\/hook is told instead: .*430104/);
  match(
    JSON.stringify(stage.sink.bodies[0]),
    /钉钉机器人 \(robot\) 于 2026-01-31 16:00 未能接收，改发至此：.*430104/,
  );
  await addsUp(stage);
});

Deno.test("a robot whose token is refused is out for a day: the fallback is told at once, of what comes later too", async () => {
  await using stage = await scene();
  stage.dingtalk.fault("removed", { times: Infinity });
  await post(stage, "a");
  await post(stage, "b");
  await stage.house.advance(250); // so often does a lane that pauses look at new work
  ok(heard(stage).includes("a") && heard(stage).includes("b"), String(heard(stage)));
  equal(await states(stage), ["robot suppressed", "hook delivered", "robot suppressed", "hook delivered"]);
  equal(stage.dingtalk.requests.length, 1, "it is not asked again");
  await addsUp(stage);
});

Deno.test("a robot that has been out for an hour: what comes then goes to the fallback, too, one after the other", async () => {
  await using stage = await scene();
  const { house, dingtalk, sink } = stage;
  dingtalk.fault("removed", { times: Infinity });
  await post(stage, "a");
  await house.advance(HOUR);
  await house.relay.tidy(); // looks at the lane while nothing waits there
  await post(stage, "b");
  await house.advance(HOUR);
  await house.relay.tidy();
  await post(stage, "c");
  await house.advance(MINUTE);
  equal(await states(stage), [
    "robot suppressed",
    "hook delivered",
    "robot suppressed",
    "hook delivered",
    "robot suppressed",
    "hook delivered",
  ]);
  equal(sink.requests.length >= 3, true);
});

Deno.test("a block that ends before fallback_after is waited for; one that lasts longer is not", async () => {
  for (
    const { after, expected } of [
      { after: "11m", expected: ["robot delivered"] },
      { after: "5m", expected: ["robot suppressed", "hook delivered"] },
    ]
  ) {
    await using stage = await scene({ robot: `, fallback_after: ${after}` });
    stage.dingtalk.fault("throttle");
    await post(stage, "a");
    if (after === "5m") equal(heard(stage), ["a"], "it is known at once that the block lasts too long");
    await stage.house.advance(11 * MINUTE);
    equal(await states(stage), expected, after);
    await addsUp(stage);
  }
});

Deno.test("a robot that is down is tried until it is known to last longer than fallback_after; then the fallback is told, not in a flood", async () => {
  await using stage = await scene();
  await stage.dingtalk.down("refused");
  await post(stage, "a", "b", "c");
  for (let minute = 0; minute < 5; minute++) await stage.house.advance(MINUTE);
  equal(heard(stage).filter((instance) => "abc".includes(instance)), []);
  for (let minute = 0; minute < 15; minute++) await stage.house.advance(MINUTE);
  equal(heard(stage).filter((instance) => "abc".includes(instance)), ["a", "b", "c"]);
  const told = stage.sink.bodies.filter((body) => JSON.stringify(body).includes("改发至此"));
  ok(told.length <= 2, `${told.length} messages`);
  await addsUp(stage);
});

Deno.test("a quota that is used up until midnight falls over; the next day the robot is told again", async () => {
  await using stage = await scene({ robot: ", limits: [{ messages: 2, per: day }]" });
  await post(stage, "a", "b", "c", "d");
  for (let minute = 0; minute < 30; minute++) await stage.house.advance(MINUTE);
  equal(new Set(await states(stage)), new Set(["robot delivered"]), "one by itself, the others in a digest");
  await post(stage, "e");
  equal(heard(stage), ["e"], "at once, for it is known when the day ends");
  ok(stage.dingtalk.requests.length <= 2);
  for (let hour = 0; hour < 9; hour++) await stage.house.advance(HOUR);
  await post(stage, "f");
  equal((await states(stage)).at(-1), "robot delivered");
  await addsUp(stage);
});

Deno.test("the last one of the chain that fails is dead, and the window ends with it", async () => {
  await using stage = await scene();
  stage.dingtalk.fault("errcode", { errcode: 430104, errmsg: "unsafe", times: 2 });
  stage.sink.answer({ status: 422, body: "no" });
  await post(stage, "a");
  equal(await states(stage), ["robot suppressed", "hook dead"]);
  stage.sink.answer({ status: 200 });
  await post(stage, "a");
  equal((await states(stage)).slice(2), ["robot delivered"], "the next firing is told");
  await addsUp(stage);
});

Deno.test("what fell over is told once, through a restart in the middle", async () => {
  await using stage = await scene();
  stage.sink.answer({ status: 503 });
  stage.dingtalk.fault("removed", { times: Infinity });
  await post(stage, "a");
  await stage.restart();
  stage.sink.answer({ status: 200 });
  await stage.house.advance(10 * SECOND);
  equal(heard(stage).filter((instance) => instance === "a").length >= 1, true);
  equal(await states(stage), ["robot suppressed", "hook delivered"]);
  await addsUp(stage);
});

Deno.test("the order of an incident holds when it falls over: firing before resolved", async () => {
  await using stage = await scene();
  stage.dingtalk.fault("removed", { times: Infinity });
  await post(stage, "a");
  await stage.house.post({ status: "resolved", labels: { instance: "a" } });
  await stage.house.advance(SECOND);
  const told = stage.sink.bodies.flatMap((body) => {
    const { data: { alerts } } = body as {
      data: { alerts: { status: string; labels: Record<string, string> }[] };
    };
    return alerts.filter(({ labels }) => labels.instance === "a").map(({ status }) => status);
  });
  equal(told, ["firing", "resolved"]);
});

Deno.test("who is not to be woken is not woken by a fallback: it hears in the morning, of all at once", async () => {
  const now = Date.parse("2026-11-20T23:30:00+08:00");
  await using stage = await scene({ now, duty: '    quiet: { from: "22:00", to: "08:00" }' });
  const { house, dingtalk, sink } = stage;
  dingtalk.fault("removed", { times: Infinity });
  const fire = async (instance: string, severity: string): Promise<void> => {
    await house.fire({ labels: { instance, severity } });
  };
  await fire("warning-1", "warning");
  await fire("critical-1", "critical");
  await fire("warning-2", "warning");
  for (let minute = 0; minute < 8 * 60 + 29; minute += 10) {
    await house.relay.tidy();
    await house.advance(minute < 500 ? 10 * MINUTE : 9 * MINUTE);
  }
  equal(heard(stage), ["critical-1"]);
  const before = sink.bodies.length;
  await house.advance(MINUTE);
  await house.relay.tidy();
  await house.advance(SECOND);
  equal(heard(stage).filter((name) => name.startsWith("w")), ["warning-1", "warning-2"]);
  ok(sink.bodies.length - before <= 2, "what waited, and that the robot fails");
  await addsUp(stage);
});

Deno.test("a storm that falls over along a chain arrives as digests, each with a record that fits", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "LAST" }], now: () => clock.now() });
  const robot = (name: string, token: string, fallback = ""): string =>
    `      - { name: ${name}, channel: dingtalk_robot, config: { token: ${token}, base: "${dingtalk.url}" }${fallback} }`;
  await using house = await testRelay({
    clock,
    sendTimeout: 2_000,
    env: { FENGHUO_PUBLIC_URL: "https://fenghuo.example.com" },
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
${robot("first", "GONE-1", ", fallback: second")}
${robot("second", "GONE-2", ", fallback: last")}
${robot("last", "LAST")}
  - owner: other
    level: default
    destinations:
${robot("same", "LAST")}
`,
  });
  // The last robot is blocked for ten minutes, so that all of it waits there.
  dingtalk.fault("throttle");
  await house.fire({ labels: { team: "other" } });
  for (let payload = 0; payload < 3; payload++) {
    const alerts = Array.from({ length: 500 }, (_, index) => ({
      labels: { instance: `长城上的烽火台-${payload}-${index}` },
    }));
    await house.accept(...alerts);
  }
  // A record that cannot be written would hold the lane for ever.
  for (let minute = 0; minute < 15; minute++) {
    await inTime(house.advance(MINUTE), "The lane is held for ever");
  }
  await addsUp({ house });
  const delivered = (await deliveries({ house })).filter(({ state }) => state === "delivered");
  ok(delivered.length > 900 && delivered.every(({ destination }) => destination.endsWith("/last")));
  const digests = await Array.fromAsync(house.kv.list<Uint8Array>({ prefix: ["digest"] }));
  const largest = Math.max(...digests.map(({ value }) => value.byteLength));
  ok(largest > 50_000, `one of them is large: ${largest} bytes`);
});

Deno.test("a fallback that is blocked itself tells all of it afterwards, in a digest that says why it came there", async () => {
  const clock = new TestClock();
  await using gone = await startDingTalk({ robots: [], now: () => clock.now() });
  await using second = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    sendTimeout: 2_000,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - { name: first, channel: dingtalk_robot, config: { token: GONE, base: "${gone.url}" }, fallback: second }
      - { name: second, channel: dingtalk_robot, config: { token: T, base: "${second.url}" } }`,
  });
  second.fault("throttle");
  for (const instance of "abcdef") {
    await house.accept({ labels: { instance } });
    await house.advance(SECOND);
  }
  equal(second.robot("T").messages, []);
  for (let minute = 0; minute < 11; minute++) await house.advance(MINUTE);
  const messages = second.robot("T").messages;
  equal(
    messages.map(({ title }) => title),
    ["🟠钉钉机器人 (first) 无法接收消息 等 2 类"],
    "with that, which is worse",
  );
  match(messages[0]!.text, /钉钉机器人 \(first\) 于 2026-01-31 16:00 未能接收，改发至此：300005/);
  const all = await deliveries({ house });
  equal(all.map(({ state }) => state), Array(6).fill(["suppressed", "delivered"]).flat());
  equal(new Set(all.flatMap(({ digest = [] }) => digest)).size, 1, "each record names the digest");
  await addsUp({ house });
});

/** Work that must end on its own: a test that waits for it in vain would hang. */
async function inTime(work: Promise<void>, complaint: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(complaint)), 30_000);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
