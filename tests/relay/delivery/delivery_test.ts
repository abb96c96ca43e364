import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import type { DingTalk, DingTalkFault, FaultOptions } from "../../../simulator/dingtalk.ts";
import { type Sink, startSink } from "../../../simulator/sink.ts";
import { startWeCom } from "../../../simulator/wecom.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

/** A relay whose default group has only a DingTalk robot, unless `more` adds to it. */
async function withRobot({ sendTimeout = 2_000, config = "", more = "" } = {}): Promise<
  { house: TestRelay; dingtalk: DingTalk } & AsyncDisposable
> {
  const clock = new TestClock();
  const dingtalk = await startDingTalk({
    robots: [{ token: "T+/=&1", secret: "SEC+/=&2" }],
    now: () => clock.now(),
  });
  const house = await testRelay({
    clock,
    sendTimeout,
    yaml: `
groups:
  - owner: default
    level: default
    destinations:
      - channel: dingtalk_robot
        config: { token: "T+/=&1", secret: "SEC+/=&2", base: "${dingtalk.url}"${config} }
${more}`,
  });
  return {
    house,
    dingtalk,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await dingtalk.close();
    },
  };
}

const posted = (dingtalk: DingTalk): string[] => dingtalk.robot("T+/=&1").messages.map(({ title }) => title);

Deno.test("firing and resolved arrive at the robot, each once, and the records say so", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  await house.accept({ labels: { instance: "db-1" } });
  await house.accept({ labels: { instance: "db-1" } });
  await house.accept({ status: "resolved", labels: { instance: "db-1" }, endsAt: "2026-01-31T08:10:00Z" });
  await house.settle();
  equal(posted(dingtalk), ["🟡db-1 Test", "✅db-1 Test"]);
  const [delivery] = await house.deliveries(1);
  equal([delivery!.state, delivery!.reason, delivery!.because], ["delivered", "resolved", "ok"]);
  const [attempt] = delivery!.attempts;
  equal([attempt!.verdict, attempt!.status], ["delivered", 200]);
  match(attempt!.request!, /^POST http:\/\/127\.0\.0\.1:\d+\/robot\/send$/);
});

/** The vendor's behaviour, and the required result: the wait of the lane, and the state of the delivery meanwhile. */
const TROUBLES: { fault: DingTalkFault; options?: FaultOptions; waits: number; state: RegExp }[] = [
  { fault: "throttle", waits: 10 * MINUTE, state: /^throttled 130101/ },
  { fault: "410100", waits: 10 * MINUTE, state: /^throttled 410100/ },
  { fault: "gateway", waits: 5 * MINUTE, state: /^throttled / },
  { fault: "html", waits: 5 * MINUTE, state: /^throttled / },
  { fault: "merged", waits: 10 * MINUTE, state: /^throttled / },
  { fault: "busy", waits: 5 * SECOND, state: /^retry -1/ },
  { fault: "5xx", waits: 5 * SECOND, state: /^retry HTTP 503/ },
  {
    fault: "5xx",
    options: { headers: { "retry-after": "90" } },
    waits: 90 * SECOND,
    state: /^retry HTTP 503/,
  },
  { fault: "5xx", options: { status: 429 }, waits: MINUTE, state: /^throttled HTTP 429/ },
  // The arrival of these is unknown; DingTalk posts the same msgUuid only once.
  { fault: "cut", waits: 5 * SECOND, state: /^retry no answer/ },
  { fault: "cut_after_post", waits: 5 * SECOND, state: /^retry no answer/ },
  { fault: "hang", waits: 5 * SECOND, state: /^retry no answer within 0.5 s/ },
];

for (const { fault, options, waits, state } of TROUBLES) {
  const name = options ? `${fault} ${JSON.stringify(options)}` : fault;
  Deno.test(`after "${name}" the alert waits ${waits / SECOND} s, then arrives once`, async () => {
    await using scene = await withRobot({ sendTimeout: fault === "hang" ? 500 : 2_000 });
    const { house, dingtalk } = scene;
    dingtalk.fault(fault, options);
    await house.accept({});
    await house.settle();
    const [waiting] = await house.deliveries(1);
    equal(waiting!.state, "pending");
    match(`${waiting!.attempts[0]!.verdict} ${waiting!.because}`, state);
    await house.advance(waits - 1);
    equal(dingtalk.requests.length, 1);
    await house.advance(1);
    equal(posted(dingtalk), ["🟡Test"]);
    const [delivered] = await house.deliveries(1);
    equal([delivered!.state, delivered!.attempts.length], ["delivered", 2]);
    equal(house.reports, []);
  });
}

/** A relay whose webhook answers each request after this delay. */
async function withSlowHook(
  { delayMs, timeout = "" }: { delayMs: number; timeout?: string },
): Promise<{ house: TestRelay; hook: Sink } & AsyncDisposable> {
  const hook = await startSink();
  hook.answer({ delayMs });
  const house = await testRelay({
    sendTimeout: 100,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${hook.url}" }${timeout} }]`,
  });
  return {
    house,
    hook,
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await hook.close();
    },
  };
}

Deno.test("a receiver that takes longer than its timeout is called twice in five minutes, and not five times in one", async () => {
  await using scene = await withSlowHook({ delayMs: 200 });
  const { house, hook } = scene;
  await house.accept({});
  await house.settle();
  const calls: number[] = [];
  for (let seconds = 5; seconds < 300; seconds += 5) {
    await house.advance(5 * SECOND);
    if (seconds === 55 || seconds === 295) calls.push(hook.requests.length);
  }
  equal(calls, [1, 2]);
  const ids = new Set(hook.requests.map(({ headers }) => headers.get("webhook-id")));
  equal(ids.size, 1, "both have the same id: a receiver may drop the repeat");
});

Deno.test("a destination's own timeout lets a slow receiver answer", async () => {
  await using scene = await withSlowHook({ delayMs: 200, timeout: ", timeout: 5s" });
  await scene.house.accept({});
  await scene.house.settle();
  const [delivery] = await scene.house.deliveries(1);
  equal([delivery!.state, scene.hook.requests.length], ["delivered", 1]);
});

Deno.test("what may have arrived is not told again by a digest before it is due", async () => {
  const clock = new TestClock();
  await using wecom = await startWeCom({ robots: ["K"], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: wecom_robot, config: { key: K, base: "${wecom.url}" } }]`,
  });
  wecom.fault("cut_after_post");
  await house.accept({ labels: { instance: "in-doubt" } });
  await house.settle();
  for (let index = 0; index < 16; index++) {
    await house.accept({ labels: { instance: `db-${index}` } });
    await house.settle();
  }
  const told = (): string[] => wecom.robot("K").messages.map(({ text }) => text);
  const doubtful = (): number => told().filter((text) => text.includes("in-doubt")).length;
  await house.advance(30 * SECOND);
  equal(doubtful(), 1, "it was posted, and its answer lost");
  ok(told().some((text) => text.includes("db-15")), "the last of the others came in a digest");
  ok(told().length < 15, `the others were told, some in a digest: ${told().length}`);
  await house.advance(30 * SECOND);
  equal(doubtful(), 2, "WeCom cannot tell a repeat");
});

Deno.test("what a vendor will not take goes once more, plain and short, and is then dead with the vendor's words", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  dingtalk.fault("errcode", { errcode: 430104, errmsg: "unsafe content", times: 2 });
  await house.accept({ annotations: { summary: "see http://bad.example.com/ **now**" } });
  await house.settle();
  const bodies = dingtalk.requests.map(({ body }) => JSON.parse(new TextDecoder().decode(body)));
  equal(bodies.map(({ msgtype }) => msgtype), ["markdown", "text"]);
  ok(!bodies[1].text.content.includes("bad.example.com"));
  const [dead] = await house.deliveries(1);
  equal([dead!.state, dead!.because, dead!.attempts.length], ["dead", "430104 unsafe content", 2]);
  await house.accept({});
  await house.settle();
  equal(
    posted(dingtalk),
    ["🟡Test（仍未恢复）"],
    "the window ended with the death, so the next firing is told",
  );
});

Deno.test("a plain message that is taken is a delivery", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  dingtalk.fault("errcode", { errcode: 460101 });
  await house.accept({});
  await house.settle();
  equal(posted(dingtalk).length, 1);
  equal((await house.deliveries(1))[0]!.state, "delivered");
});

Deno.test("a removed robot keeps everything pending for a day, is tried ever more rarely, and then all is dead", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  const began = house.clock.now();
  dingtalk.fault("removed", { times: Infinity });
  for (let index = 0; index < 3; index++) await house.accept({ labels: { instance: `db-${index}` } });
  await house.settle();
  for (let minutes = 0; minutes < 23 * 60; minutes += 5) await house.advance(5 * MINUTE);
  equal(
    dingtalk.requests.map(({ at }) => (at - began) / MINUTE),
    [0, 5, 20, 80, 200, 440, 920],
    "one message each time, however many wait",
  );
  await house.accept({ labels: { instance: "late" } });
  await house.settle();
  equal(dingtalk.requests.length, 7, "what comes later does not ask again");
  await house.advance(HOUR);
  equal(dingtalk.requests.length, 8, "the next try; what has waited for a day dies without one of its own");
  const deliveries = await house.deliveries(4);
  equal(deliveries.map(({ state }) => state), ["pending", "dead", "dead", "dead"]);
  match(deliveries[1]!.because, /^300005/);
});

Deno.test("a mended config ends the pause of a lane", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({
    robots: [{ token: "T", secret: "right" }],
    now: () => clock.now(),
  });
  const kv = await Deno.openKv(":memory:");
  const yaml = (secret: string): string => `
groups:
  - { owner: default, level: default, destinations: [{ channel: dingtalk_robot, config: { token: T, secret: ${secret}, base: "${dingtalk.url}" } }] }`;
  {
    await using house = await testRelay({ kv, clock, yaml: yaml("wrong") });
    await house.accept({});
    await house.settle();
    const [delivery] = await house.deliveries(1);
    match(delivery!.because, /^310000.*sign not match/);
    await house.relay.courier.sweep();
    await house.settle();
    equal(dingtalk.requests.length, 1);
  }
  await using house = await testRelay({ kv, clock, yaml: yaml("right") });
  await house.settle();
  equal(dingtalk.robot("T").messages.length, 1);
  kv.close();
});

Deno.test("a robot that was mended at the vendor's is told at once what waits, when a test message came through", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  dingtalk.fault("removed", { times: Infinity });
  await house.accept({ labels: { instance: "a" } });
  await house.settle();
  const test = async (): Promise<void> => {
    const response = await house.request("/api/groups/default/default/test", {
      method: "POST",
      headers: { authorization: "Bearer test-password" },
    });
    equal(response.status, 200);
    await response.body?.cancel();
    await house.settle();
  };
  await house.advance(HOUR);
  await test();
  await house.advance(MINUTE);
  equal(posted(dingtalk), [], "one that is refused changes nothing");
  equal(dingtalk.requests.length, 3, "the alert, one more try of it, and the test message");
  dingtalk.heal();
  await test();
  equal(posted(dingtalk).slice(1), ["🟡a Test"], "after the test message itself");
  equal((await house.deliveries(1)).map(({ state }) => state), ["delivered"]);
});

Deno.test("a destination that is gone after a restart makes its deliveries dead, one whose robot changed takes them along", async () => {
  const clock = new TestClock();
  const now = (): number => clock.now();
  await using dingtalk = await startDingTalk({ robots: [{ token: "new" }], now });
  const kv = await Deno.openKv(":memory:");
  const yaml = (destinations: string): string =>
    `groups: [{ owner: default, level: default, destinations: [${destinations}] }]`;
  const robot = (name: string, token: string): string =>
    `{ name: ${name}, channel: dingtalk_robot, config: { token: ${token}, base: "${dingtalk.url}" } }`;
  dingtalk.fault("5xx", { times: 2 });
  {
    await using house = await testRelay({
      kv,
      clock,
      yaml: yaml(`${robot("a", "old")}, ${robot("b", "old2")}`),
    });
    await house.accept({});
    await house.settle();
  }
  await using house = await testRelay({ kv, clock, yaml: yaml(robot("a", "new")) });
  await house.advance(MINUTE);
  const deliveries = await house.deliveries(1);
  equal(deliveries.map(({ destination, state, because }) => [destination, state, because]), [
    ["default/default/a", "delivered", "ok"],
    ["default/default/b", "dead", "destination removed"],
  ]);
  equal(posted2(dingtalk, "new").length, 1);
  equal(house.reports, []);
  kv.close();
});

const posted2 = (dingtalk: DingTalk, token: string): string[] =>
  dingtalk.robot(token).messages.map(({ title }) => title);

Deno.test("a vendor that stays down is tried for a day and a little, ever more rarely, and then the delivery is dead", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  dingtalk.fault("5xx", { times: Infinity });
  await house.accept({});
  await house.settle();
  for (let hour = 0; hour < 30; hour++) for (let part = 0; part < 6; part++) await house.advance(10 * MINUTE);
  const [dead] = await house.deliveries(1);
  equal(dead!.state, "dead");
  match(dead!.because, /^given up after \d+ attempts in 24 h: HTTP 503/);
  const [first] = dingtalk.requests;
  const last = dingtalk.requests.at(-1)!;
  ok(last.at - first!.at >= 24 * HOUR);
  ok(dingtalk.requests.length < 50, `${dingtalk.requests.length} attempts`);
});

Deno.test("a sick vendor does not use up every delivery's tries: after five failures it is only probed", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  dingtalk.fault("5xx", { times: Infinity });
  for (let index = 0; index < 40; index++) {
    await house.accept({ labels: { instance: `db-${index}` } });
    await house.settle();
  }
  equal(dingtalk.requests.length, 5);
  await house.advance(10 * SECOND);
  equal(dingtalk.requests.length, 6, "one probe");
  dingtalk.heal();
  await house.advance(20 * SECOND);
  equal(posted(dingtalk), ["🟡db-0等40 Test"], "what has piled up comes at once");
});

Deno.test("resolved never overtakes firing, also when firing has to wait", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  dingtalk.fault("5xx");
  await house.accept({ labels: { instance: "a" } });
  await house.settle();
  await house.accept({ status: "resolved", labels: { instance: "a" } });
  await house.accept({ labels: { instance: "b" } });
  await house.settle();
  equal(posted(dingtalk), ["🟡b Test"], "another incident may overtake");
  await house.advance(5 * SECOND);
  equal(posted(dingtalk), ["🟡b Test", "🟡a Test", "✅a Test"]);
});

Deno.test("resolved does not go while firing is under way, where messages go side by side", async () => {
  await using sink = await startSink();
  await using house = await testRelay({
    sendTimeout: 2_000,
    yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
  });
  sink.answer({ delayMs: 100, times: 1 });
  sink.answer({ status: 503, delayMs: 200, times: 1 });
  await house.accept({ labels: { instance: "x" } });
  await sink.arrived(1);
  await house.accept({ labels: { instance: "a" } });
  await sink.arrived(2);
  // The end is looked at when "b" is through, while "a" is under way.
  await house.accept({ labels: { instance: "b" } });
  await house.accept({ status: "resolved", labels: { instance: "a" } });
  await house.settle();
  await house.advance(5 * SECOND);
  const told = sink.bodies.map((body) => (body as { data: { title: string } }).data.title);
  equal(told, ["🟡x Test", "🟡b Test", "🟡a Test", "✅a Test"]);
});

Deno.test("one dead lane delays no other", async () => {
  await using sink = await startSink();
  await using scene = await withRobot({
    sendTimeout: 300,
    more: `      - { channel: webhook, config: { url: "${sink.url}" } }`,
  });
  const { house, dingtalk } = scene;
  dingtalk.fault("hang", { times: Infinity });
  await house.accept({});
  await sink.arrived(1);
  equal(posted(dingtalk), []);
  await house.settle();
  equal((await house.deliveries(1)).map(({ state }) => state), ["pending", "delivered"]);
});

Deno.test("the alerts of one payload share a message, and each has its own record", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  await house.accept(...["a", "b", "c"].map((instance) => ({ labels: { instance } })));
  await house.settle();
  equal(dingtalk.requests.length, 1);
  const deliveries = await house.deliveries(3);
  equal(
    deliveries.map(({ state, attempts }) => [state, attempts[0]!.together]),
    Array(3).fill(["delivered", 3]),
  );
});

Deno.test("of a payload that needs several messages, the worst are in the first", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  const text = "x".repeat(150);
  const alerts = Array.from({ length: 150 }, (_, index) => ({
    labels: {
      alertname: `Test${index}`,
      instance: `${text}-${index}`,
      severity: index === 149 ? "critical" : "warning",
    },
  }));
  await house.accept(...alerts);
  await house.settle();
  const [first, ...others] = posted(dingtalk);
  ok(others.length > 0);
  match(first!, /^🔴.* Test149 等/);
});

Deno.test("link messages go one by one, with the link rewritten", async () => {
  await using scene = await withRobot({
    config: ", form: link",
    more: `links: [{ from: "http://prometheus-*:9090/", to: "https://prom.example.com/p/" }]`,
  });
  const { house, dingtalk } = scene;
  const generatorURL = "http://prometheus-0:9090/graph?g0.expr=up";
  await house.accept({ labels: { instance: "a" }, generatorURL }, {
    labels: { instance: "b" },
    generatorURL,
  });
  await house.settle();
  const bodies = dingtalk.requests.map(({ body }) => JSON.parse(new TextDecoder().decode(body)));
  equal(
    bodies.map(({ link }) => link.messageUrl),
    Array(2).fill("https://prom.example.com/p/graph?g0.expr=up"),
  );
});

Deno.test("no record shows a secret, whatever the vendor's words repeat", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  const spelled = ["T+/=&1", encodeURIComponent("T+/=&1"), "SEC+/=&2", "SEC%2b%2f%3d%262"];
  dingtalk.fault("errcode", { errcode: 430101, errmsg: `no: ${spelled.join(" ")}`, times: 2 });
  dingtalk.fault("cut");
  await house.accept({});
  await house.accept({ labels: { instance: "b" } });
  await house.settle();
  const deliveries = await house.deliveries(2);
  const text = JSON.stringify([deliveries, house.reports, await house.relay.store.outbox.lanes()]);
  match(text, /no: \*\*\* \*\*\* \*\*\* \*\*\*/);
  for (const spelling of spelled) ok(!text.includes(spelling), spelling);
});

Deno.test("hostile labels are delivered, as text", async () => {
  await using scene = await withRobot();
  const { house, dingtalk } = scene;
  const hostile =
    "<script>alert(1)</script> [click](http://evil.example.com) **b** ![i](x)\u0000\u202e\ud800 # h\n# h1\n> q";
  await house.accept({
    labels: { instance: hostile, [hostile]: hostile, long: "汉".repeat(40_000) },
    annotations: { summary: hostile.repeat(500) },
  });
  await house.settle();
  equal(posted(dingtalk).length, 1, JSON.stringify(await house.deliveries(1)));
  const { text } = dingtalk.robot("T+/=&1").messages[0]!;
  ok(!/\]\(http:\/\/evil/.test(text));
  ok(!text.includes("<script"));
  ok(!text.includes("**b**"));
  ok(text.includes("…"), "what was cut is marked");
  ok(text.isWellFormed());
});
