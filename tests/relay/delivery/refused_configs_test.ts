/** A config that is refused waits by itself: others of the same robot go on. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { delivered, refused, retry, throttled, type Verdict } from "../../../relay/channel.ts";
import { refusalsAfter } from "../../../relay/delivery/refused_configs.ts";
import { parseConfig } from "../../../relay/config/mod.ts";
import { digestsOf, type VendorRefusals } from "../../../relay/store/lane_record.ts";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { queued } from "../../kit/queued.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";

const NOW = Date.UTC(2026, 0, 31, 8);

const entry = queued({ at: NOW });

const after = (
  before: VendorRefusals,
  verdict: Verdict,
  { configHash = "h", now = NOW } = {},
): VendorRefusals => refusalsAfter(before, verdict, { entry, configHash, now });

Deno.test("a refused config is tried again after 5 and 15 minutes, 1, 2, 4 hours, and then every 8", () => {
  const waits: number[] = [];
  let known: VendorRefusals = {};
  let now = NOW;
  for (let times = 0; times < 8; times++) {
    known = after(known, refused("config", `no ${times}`), { now });
    waits.push((known.h!.until - now) / MINUTE);
    now = known.h!.until;
  }
  equal(waits, [5, 15, 60, 120, 240, 480, 480, 480]);
  equal([known.h!.since, known.h!.because, known.h!.times], [NOW, "no 7", 8]);
});

const WORDS: readonly (readonly [what: string, verdict: Verdict, refusals: number])[] = [
  ["a message that is taken ends it", delivered(), 0],
  [
    "a message that is refused for what it says ends it: the credentials were good",
    refused("payload", "x"),
    0,
  ],
  ["a recipient who is not there ends it", refused("recipient", "x"), 0],
  ["no answer says nothing of it", retry("x"), 1],
  ["a throttle says nothing of it", throttled("x", { waitMs: 1 }), 1],
];

for (const [what, verdict, left] of WORDS) {
  Deno.test(`of a refused config ${what}`, () => {
    const known = after(after({}, refused("config", "no")), verdict);
    equal(Object.keys(known).length, left);
  });
}

Deno.test("a refusal is of its config alone, and a lane remembers no more of them than its record holds", () => {
  const two = after(after({}, refused("config", "no")), refused("config", "no, either"), {
    configHash: "other",
  });
  equal(Object.keys(after(two, delivered())), ["other"]);
  let many: VendorRefusals = {};
  for (let index = 0; index < 100; index++) {
    many = after(many, refused("config", "汉".repeat(500)), {
      configHash: `hash-${index}`,
      now: NOW + index,
    });
  }
  ok(new TextEncoder().encode(JSON.stringify(many)).byteLength < 40_000);
  ok("hash-99" in many && !("hash-0" in many), "the newest stay");
});

const API = { authorization: "Bearer test-password" };

async function post(house: TestRelay, path: string, ...instances: readonly string[]): Promise<void> {
  for (const instance of instances) {
    const body = JSON.stringify({ alerts: [{ labels: { alertname: "Test", instance }, status: "firing" }] });
    const response = await house.request(path, { method: "POST", body });
    equal(response.status, 200, await response.text());
    await house.settle();
  }
}

async function read(house: TestRelay, path: string): Promise<Record<string, unknown>> {
  return await (await house.request(path, { headers: API })).json() as Record<string, unknown>;
}

/** Without the inbox of the built-in group. */
function robotsOf<T extends { id: string } | { name: string }>(all: readonly T[]): T[] {
  return all.filter((one) => ("id" in one ? one.id : one.name).includes("dingtalk_robot"));
}

/** Two groups share a robot, and one of them has mistyped its secret. */
async function twoGroups(clock: TestClock, kv?: Deno.Kv, secret = "mistyped"): Promise<
  & { house: TestRelay; url: string; titles: () => string[]; requests: () => number; heal: () => void }
  & AsyncDisposable
> {
  const dingtalk = await startDingTalk({ robots: [{ token: "T", secret: "right" }], now: () => clock.now() });
  const house = await testRelay({
    clock,
    ...kv ? { kv } : {},
    yaml: yamlOf(dingtalk.url, secret),
  });
  return {
    house,
    url: dingtalk.url,
    titles: () => dingtalk.robot("T").messages.map(({ title }) => title),
    requests: () => dingtalk.requests.length,
    heal: () => dingtalk.heal(),
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      await dingtalk.close();
    },
  };
}

function yamlOf(base: string, secret: string): string {
  return `
groups:
  - owner: good
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, secret: right, base: "${base}" } }]
  - owner: bad
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, secret: ${secret}, base: "${base}" } }]`;
}

Deno.test("a wrong secret of one group does not keep another group of the same robot from its alerts", async () => {
  const clock = new TestClock();
  await using scene = await twoGroups(clock);
  const { house, titles, requests } = scene;
  await post(house, "/webhook/bad/default", "a", "b");
  await post(house, "/webhook/good/default", "c", "d");
  equal(titles(), ["🟡c Test", "🟡d Test"]);
  equal(requests(), 3, "the wrong secret was tried once");
  await house.advance(5 * MINUTE);
  equal(requests(), 4, "and is tried again after five minutes");
  await post(house, "/webhook/good/default", "e");
  equal(titles().length, 3);
});

Deno.test("overview, why, the list of what waits, readiness and the page of a group tell which destination is refused", async () => {
  const clock = new TestClock();
  await using scene = await twoGroups(clock);
  const { house } = scene;
  await post(house, "/webhook/bad/default", "a");
  await post(house, "/webhook/good/default", "c");
  const { destinations, lanes } = await read(house, "/api/lanes") as {
    destinations: { id: string; state: string }[];
    lanes: {
      name: string;
      state: string;
      refused: { destinations: string[]; until: number; because: string }[];
    }[];
  };
  equal(Object.fromEntries(robotsOf(destinations).map(({ id, state }) => [id, state])), {
    "bad/default/dingtalk_robot": "sick",
    "good/default/dingtalk_robot": "works",
  });
  const [lane] = robotsOf(lanes);
  ok(lane!.state !== "paused", "the lane goes on");
  equal(lane!.refused.map(({ destinations, until }) => [destinations, until - clock.now()]), [
    [["bad/default/dingtalk_robot"], 5 * MINUTE],
  ]);
  match(lane!.refused[0]!.because, /^310000/);
  const { deliveries } = await read(house, "/api/deliveries?list=waiting") as {
    deliveries: { alert: string; wait: { for: string; kind: string } }[];
  };
  equal(deliveries.map(({ wait }) => [wait.for, wait.kind]), [["pause", "config"]]);
  const { sentences } = await read(house, `/api/alerts/${deliveries[0]!.alert}/why?lang=en`) as {
    sentences: string[];
  };
  match(
    sentences.join("\n"),
    /the provider refuses the configuration; next attempt at 2026-\S+ \S+, or as soon as the configuration changes: 310000/,
  );
  const { warnings } = await read(house, "/readyz") as { warnings: string[] };
  equal(warnings.filter((words) => /bad\/default\/dingtalk_robot: the vendor refuses/.test(words)).length, 1);
  ok(!warnings.some((words) => words.includes("good/default")));
});

Deno.test("a refused destination that is removed leaves nothing paused behind", async () => {
  const clock = new TestClock();
  await using scene = await twoGroups(clock);
  const { house, url } = scene;
  await post(house, "/webhook/bad/default", "a");
  const only = yamlOf(url, "x").split("  - owner: bad")[0]!;
  const parsed = await parseConfig({ env: {}, yaml: only, secrets: SECRETS, channels: house.relay.channels });
  ok(parsed.ok);
  house.relay.configuration.replaceFile(parsed.config);
  await house.settle();
  const { destinations, lanes } = await read(house, "/api/lanes") as {
    destinations: { id: string; state: string }[];
    lanes: { name: string; state: string; refused: unknown[]; pause?: unknown }[];
  };
  equal(robotsOf(destinations).map(({ id, state }) => [id, state]), [[
    "good/default/dingtalk_robot",
    "unproven",
  ]]);
  equal(robotsOf(lanes).map(({ state, refused, pause }) => [state, refused, pause]), [[
    "idle",
    [],
    undefined,
  ]]);
  equal((await read(house, "/readyz")).warnings, []);
});

Deno.test("what an earlier version stored as a pause of the whole lane is read as the refusal of its config", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  let lane: string;
  {
    await using scene = await twoGroups(clock, kv);
    await post(scene.house, "/webhook/bad/default", "a");
    lane = scene.house.relay.config.groups.get("bad/default")!.destinations[0]!.lane;
    const { configHash } = scene.house.relay.config.groups.get("bad/default")!.destinations[0]!;
    const at = clock.now();
    const earlier = {
      failures: 0,
      pause: {
        kind: "config",
        until: at + 24 * HOUR,
        at,
        because: "310000 sign not match",
        destination: "bad/default/dingtalk_robot",
        configHash,
      },
      sick: { since: at - HOUR, because: "310000" },
      digest: { destination: "bad/default/dingtalk_robot", upTo: "0" },
    };
    await scene.house.relay.courier.stop({ grace: 0 });
    await kv.set(["lane", lane], new TextEncoder().encode(JSON.stringify(earlier)));
    const state = (await scene.house.relay.store.outbox.states()).get(lane)!;
    equal(state.pause, undefined);
    equal(state.sick, undefined);
    equal(digestsOf(state), [earlier.digest]);
    equal(Object.entries(state.refused!).map(([hash, { since, until }]) => [hash, since, until]), [
      [configHash, at - HOUR, at],
    ]);
  }
});

Deno.test("while a config is refused its fallback is told at once, and no other destination's", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({
    robots: [{ token: "T", secret: "right" }, { token: "F" }],
    now: () => clock.now(),
  });
  const robot = (secret: string): string => `{ token: T, secret: ${secret}, base: "${dingtalk.url}" }`;
  const fallback = `{ name: spare, channel: dingtalk_robot, config: { token: F, base: "${dingtalk.url}" } }`;
  await using house = await testRelay({
    clock,
    yaml: ["good", "bad"].map((owner, index) =>
      `${index === 0 ? "groups:" : ""}
  - owner: ${owner}
    level: default
    destinations:
      - { name: robot, channel: dingtalk_robot, fallback: spare, config: ${
        robot(owner === "good" ? "right" : "wrong")
      } }
      - ${fallback}`
    ).join(""),
  });
  await post(house, "/webhook/bad/default", "a", "b");
  await post(house, "/webhook/good/default", "c");
  const titles = (token: string): string[] => dingtalk.robot(token).messages.map(({ title }) => title);
  equal(titles("T"), ["🟡c Test"]);
  equal(titles("F").filter((title) => title.includes("Test")), ["🟡a Test", "🟡b Test"]);
  equal(
    dingtalk.requests.length,
    5,
    "the second alert of the bad group asks nobody before it goes to its fallback",
  );
});

Deno.test("an address of somebody else's with a robot's token, that blocks or refuses, does not keep the robot from its alerts", async () => {
  const clock = new TestClock();
  await using dingtalk = await startDingTalk({ robots: [{ token: "T" }], now: () => clock.now() });
  await using foreign = await startSink();
  await using house = await testRelay({
    clock,
    yaml: `
allowed_targets: ["${new URL(foreign.url).host}"]
groups:
  - owner: ops
    level: default
    destinations: [{ channel: dingtalk_robot, config: { token: T, base: "${dingtalk.url}" } }]`,
  });
  for (const status of [429, 403]) {
    foreign.answer({ status, headers: { "retry-after": "600" } });
    const query = new URLSearchParams({
      type: "dd",
      ddurl: `${foreign.url}/robot/send?access_token=T`,
    });
    await post(house, `/prometheusalert?${query}`, `foreign-${status}`);
    await post(house, "/webhook/ops/default", `own-${status}`);
  }
  ok(foreign.requests.length > 0);
  equal(dingtalk.robot("T").messages.map(({ title }) => title), [
    "🟡own-429 Test",
    "🟡own-403 Test",
  ]);
});

const WAYS_ROUND: readonly (readonly [what: string, fallback: string, looks: boolean])[] = [
  ["is not read for each new alert", "", false],
  ["is read for a new alert where a destination has a fallback", "fallback: spare, ", true],
];

for (const [what, fallback, looks] of WAYS_ROUND) {
  Deno.test(`a long queue in which everything has one refused config ${what}`, async () => {
    const clock = new TestClock();
    await using sink = await startSink();
    sink.answer({ status: 410 });
    const hook = `channel: webhook, config: { url: "${sink.url}" }`;
    await using house = await testRelay({
      clock,
      yaml: `
groups:
  - owner: many
    level: default
    destinations: [{ ${hook} }]
  - owner: other
    level: default
    destinations:
      - { name: hook, ${fallback}${hook} }
      - { name: spare, channel: inbox, config: {} }`,
    });
    await post(house, "/webhook/many/default", "first");
    const instances = Array.from({ length: 150 }, (_, index) => `${index}`);
    const alerts = instances.map((instance) => ({
      labels: { alertname: "Test", instance },
      status: "firing",
    }));
    clock.advance(MINUTE);
    await house.request("/webhook/many/default", { method: "POST", body: JSON.stringify({ alerts }) });
    await house.settle();

    const { queues } = house.relay.store;
    const { lane } = house.relay.config.groups.get("many/default")!.destinations[0]!;
    const read = queues.head.bind(queues);
    let reads = 0;
    queues.head = async (name, enough) => {
      if (name === lane) reads++;
      await read(name, enough);
    };
    for (const instance of ["a", "b"]) {
      clock.advance(1_000);
      await post(house, "/webhook/many/default", instance);
    }
    equal(reads > 0, looks);
    clock.advance(HOUR);
    await house.settle();
    ok(sink.requests.length > 1, "the config is tried again at its time");
  });
}
