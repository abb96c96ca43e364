import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { startDingTalk } from "../../../simulator/dingtalk.ts";
import { startSink } from "../../../simulator/sink.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { TestClock } from "../../kit/clock.ts";
import { minutes } from "../../kit/duty.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const NOW = Date.UTC(2026, 10, 30, 8);

interface House extends AsyncDisposable {
  readonly house: TestRelay;
  /** The messages since the last call, sorted, because they go side by side; each as its alerts in order. */
  heard(): string[];
  /** End the relay, and start another one on the same database. */
  restart(): Promise<void>;
}

async function houseOf(
  { group = "group_by: [cluster]", yaml = "", exclusive = true }: {
    group?: string;
    yaml?: string;
    exclusive?: boolean;
  } = {},
): Promise<House> {
  const sink = await startSink();
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock(NOW);
  const start = (): Promise<TestRelay> =>
    testRelay({
      kv,
      clock,
      exclusive,
      yaml: `${yaml}
groups:
  - owner: default
    level: default
    ${group}
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
    });
  let house = await start();
  let seen = 0;
  return {
    get house(): TestRelay {
      return house;
    },
    heard(): string[] {
      const fresh = sink.bodies.slice(seen);
      seen = sink.bodies.length;
      return fresh.map((body) => {
        const { data: { alerts } } = body as {
          data: { alerts: { reason: string; status: string; labels: Record<string, string> }[] };
        };
        return alerts.map(({ reason, status, labels }) =>
          `${labels.instance} ${reason === status ? reason : `${reason} ${status}`}`
        ).join(", ");
      }).sort();
    },
    async restart(): Promise<void> {
      await house[Symbol.asyncDispose]();
      house = await start();
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await house[Symbol.asyncDispose]();
      kv.close();
      await sink[Symbol.asyncDispose]();
    },
  };
}

const of = (instance: string, cluster = "a", own: Record<string, string> = {}) => ({
  labels: { instance, cluster, severity: "warning", ...own },
});
const over = (instance: string, cluster = "a") => ({ status: "resolved" as const, ...of(instance, cluster) });

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local file" : "a shared store";

  Deno.test(`on ${store}, alerts of a message group are one message, after group_wait and then at each group_interval`, async () => {
    await using scene = await houseOf({ exclusive });
    const { house } = scene;
    await house.fire(of("1"));
    await house.advance(10 * SECOND);
    await house.fire(of("2"), of("other", "b"));
    await house.advance(20 * SECOND - 1);
    equal(scene.heard(), []);
    await house.advance(1);
    equal(scene.heard(), ["1 first firing, 2 first firing"]);
    await house.advance(10 * SECOND);
    equal(scene.heard(), ["other first firing"], "the other message group has a clock of its own");
    await house.fire(of("3"), over("1"));
    await house.advance(4 * MINUTE);
    equal(scene.heard(), []);
    await house.advance(50 * SECOND);
    equal(scene.heard(), ["3 first firing, 1 resolved"]);
  });

  Deno.test(`on ${store}, a message group outlives a restart, and what waits for it too`, async () => {
    await using scene = await houseOf({ exclusive });
    await scene.house.fire(of("1"));
    await scene.restart();
    await scene.house.advance(30 * SECOND + (exclusive ? 0 : 2 * SECOND));
    equal(scene.heard(), ["1 first firing"]);
    await scene.restart();
    await scene.house.advance(MINUTE);
    await scene.house.fire(of("2"));
    await scene.house.advance(MINUTE);
    equal(scene.heard(), [], "it is not a new message group");
    await scene.house.advance(3 * MINUTE);
    equal(scene.heard(), ["2 first firing"]);
  });

  Deno.test(`on ${store}, a message group ends with its last incident, once that was told`, async () => {
    await using scene = await houseOf({ exclusive });
    const { house } = scene;
    await house.fire(of("1"));
    await house.advance(30 * SECOND);
    await house.fire(over("1"));
    await scene.restart();
    await scene.house.fire(of("2"));
    await scene.house.advance(MINUTE);
    equal(scene.heard(), ["1 first firing"], "the message group lives until it has told the end");
    await scene.house.advance(4 * MINUTE);
    equal(scene.heard(), ["2 first firing, 1 resolved"]);
    await scene.house.fire(over("2"));
    await scene.house.advance(5 * MINUTE);
    equal(scene.heard(), ["2 resolved"]);
    await scene.house.fire(of("3"));
    await scene.house.advance(30 * SECOND);
    equal(scene.heard(), ["3 first firing"], "a new one waits for group_wait only");
  });

  Deno.test(`on ${store}, what still fires is told again after repeat_interval, without a re-send`, async () => {
    await using scene = await houseOf({
      exclusive,
      group: "group_by: []\n    repeat_interval: 12m",
      yaml: "stale_after: 10d",
    });
    const { house } = scene;
    await house.fire(of("1"), of("2", "b"));
    await house.advance(30 * SECOND);
    equal(scene.heard(), ["1 first firing, 2 first firing"]);
    await house.fire(of("1"));
    await minutes(house, 14);
    equal(scene.heard(), [], "of the flushes so far none is 12 min after the first");
    await house.advance(MINUTE);
    equal(scene.heard(), ["1 repeat firing, 2 repeat firing"]);
    await house.fire(over("2", "b"));
    await minutes(house, 20);
    equal(scene.heard(), ["1 repeat firing", "2 resolved"]);
  });

  Deno.test(`on ${store}, what still fires in a message group is repeated together`, async () => {
    await using scene = await houseOf({
      exclusive,
      group: "group_by: [cluster]\n    repeat_interval: 12m",
      yaml: "stale_after: 10d",
    });
    const { house } = scene;
    await house.fire(of("1"), of("other", "b"));
    await house.advance(30 * SECOND);
    await minutes(house, 6);
    await house.fire(of("2"));
    await house.fire(of("1"));
    await minutes(house, 8);
    equal(scene.heard(), ["1 first firing", "2 first firing", "other first firing"]);
    await minutes(house, 1);
    equal(scene.heard(), ["1 repeat firing, 2 repeat firing", "other repeat firing"]);
    await minutes(house, 14);
    equal(scene.heard(), []);
    await minutes(house, 1);
    equal(scene.heard(), ["1 repeat firing, 2 repeat firing", "other repeat firing"]);
  });
}

Deno.test("an alert that began before group_wait is told at once, unless its message group waits", async () => {
  await using scene = await houseOf();
  const { house } = scene;
  const startsAt = new Date(NOW - HOUR).toISOString();
  await house.fire({ ...of("1"), startsAt });
  equal(scene.heard(), ["1 first firing"]);
  await house.fire(of("2"));
  await house.advance(5 * MINUTE);
  equal(scene.heard(), ["2 first firing"]);
  await house.fire(of("new", "b"));
  await house.fire({ ...of("old", "b"), startsAt });
  equal(scene.heard(), []);
  await house.advance(30 * SECOND);
  equal(scene.heard(), ["new first firing, old first firing"]);
});

Deno.test("an incident is one line in a message, with its last state", async () => {
  await using scene = await houseOf({ yaml: "ignore_labels: [severity]" });
  const { house } = scene;
  await house.fire(of("1"), of("2"), of("3"));
  await house.fire(over("1"), of("2", "a", { severity: "critical" }), of("3"));
  await house.advance(30 * SECOND);
  equal(scene.heard(), ["2 changed firing, 3 first firing, 1 resolved"]);
  const deliveries = await house.deliveries();
  equal(deliveries.map(({ state }) => state), Array(5).fill("delivered"));
  equal(new Set(deliveries.map(({ sent }) => sent && "with" in sent ? sent.with : sent?.id)).size, 2);
});

Deno.test("re-sends and further occurrences are duplicates until repeat_interval", async () => {
  await using scene = await houseOf();
  const { house } = scene;
  await house.fire(of("1"));
  await house.advance(30 * SECOND);
  scene.heard();
  await house.advance(HOUR);
  await house.fire(of("1"));
  await house.fire({ ...of("1"), startsAt: new Date(house.clock.now()).toISOString() });
  await house.advance(10 * MINUTE);
  equal(scene.heard(), []);
  await minutes(house, 3 * 60);
  equal(scene.heard(), ["1 repeat firing"]);
});

Deno.test("quiet hours that hold a flush hold it until they end", async () => {
  await using scene = await houseOf({
    group: 'group_by: []\n    timezone: UTC\n    quiet: { from: "08:01", to: "08:05" }',
  });
  const { house } = scene;
  await house.advance(45 * SECOND);
  await house.fire(of("1"));
  await house.fire(of("2", "a", { severity: "critical" }));
  await house.advance(30 * SECOND);
  equal(scene.heard(), ["2 first firing"], "critical ones wait for their message group only");
  await house.advance(4 * MINUTE);
  equal(scene.heard(), ["1 first firing"]);
});

const silenceOf = async (house: TestRelay, matcher: string, duration = "1h"): Promise<string> => {
  const response = await house.request("/api/silences", {
    method: "POST",
    headers: { authorization: "Bearer test-password", "content-type": "application/json" },
    body: JSON.stringify({ matchers: [matcher], duration, author: "li.lei", comment: "work" }),
  });
  const { silence, error } = await response.json() as { silence?: { id: string }; error?: unknown };
  if (!silence) throw new Error(JSON.stringify(error));
  return silence.id;
};

async function json(house: TestRelay, path: string): Promise<unknown> {
  const response = await house.request(path, { headers: { authorization: "Bearer test-password" } });
  return await response.json();
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local file" : "a shared store";

  Deno.test(`on ${store}, what is silenced by the flush is not sent, and neither is its end`, async () => {
    await using scene = await houseOf({ exclusive });
    const { house } = scene;
    await house.fire(of("1"), of("2"), of("3"));
    await house.fire(over("2"));
    const silence = await silenceOf(house, 'instance=~"1|2"');
    await house.advance(30 * SECOND);
    equal(scene.heard(), ["3 first firing"]);
    const records = (await house.deliveries()).filter(({ by }) => by === "silence");
    equal(records.map(({ state, because, reason }) => [state, because, reason]), [
      ["suppressed", silence, "resolved"],
      ["suppressed", silence, "first"],
      ["suppressed", silence, "first"],
    ]);
    const { addsUp, verified } = await json(house, "/api/ledger?from=1h&verify=1") as {
      addsUp: boolean;
      verified: { agrees: boolean };
    };
    equal([addsUp, verified.agrees], [true, true]);
    const { sentences } = await json(house, `/api/alerts/${records.at(-1)!.alert}/why?lang=en`) as {
      sentences: string[];
    };
    ok(sentences.some((line) => line.includes(`the silence ${silence} covered it`)), sentences.join("\n"));
    await house.fire(of("1"));
    await house.fire(of("4"));
    await house.advance(5 * MINUTE);
    equal(scene.heard(), ["4 first firing"]);
    await house.advance(HOUR);
    await house.fire(of("1"));
    await house.advance(5 * MINUTE);
    equal(scene.heard(), ["1 first firing"], "the first one after the silence");
  });

  Deno.test(`on ${store}, what was told before is told again after a silence at the flush`, async () => {
    await using scene = await houseOf({ exclusive, yaml: "ignore_labels: [severity]" });
    const { house } = scene;
    await house.fire(of("1"), of("2"));
    await house.advance(30 * SECOND);
    scene.heard();
    await house.fire(of("1", "a", { severity: "critical" }));
    await silenceOf(house, 'instance="1"', "10m");
    await house.advance(5 * MINUTE);
    equal(scene.heard(), []);
    await house.advance(10 * MINUTE);
    await house.fire(of("1", "a", { severity: "critical" }));
    await house.advance(5 * MINUTE);
    equal(scene.heard(), ["1 repeat firing"]);
    await house.fire(over("1"));
    await house.advance(5 * MINUTE);
    equal(scene.heard(), ["1 resolved"]);
  });

  Deno.test(`on ${store}, what is inhibited by the flush is told at the end of that`, async () => {
    await using scene = await houseOf({
      exclusive,
      yaml: `inhibit: [{ source: ['instance="down"'], target: ['instance=~"1|2"'], equal: [cluster] }]`,
    });
    const { house } = scene;
    await house.fire(of("1"), of("2"));
    await house.advance(10 * SECOND);
    await house.fire(of("down"));
    await house.fire(over("2"));
    await house.advance(20 * SECOND);
    equal(scene.heard(), ["down first firing"]);
    equal((await house.deliveries()).filter(({ by }) => by === "inhibited").length, 3);
    await house.advance(6 * MINUTE);
    equal(scene.heard(), []);
    await house.fire(over("down"));
    await minutes(house, 5);
    equal(scene.heard(), ["1 first firing, down resolved"]);
    await house.fire(over("1"));
    await house.advance(5 * MINUTE);
    equal(scene.heard(), ["1 resolved"]);
  });
}

Deno.test("what is lifted waits for a tick of its message group, which counts from the flush that had nothing to send", async () => {
  await using scene = await houseOf({
    yaml: `inhibit: [{ source: ['instance="down"'], target: ['instance="1"'] }]`,
  });
  const { house } = scene;
  await house.fire(of("down", "b"));
  await house.fire(of("1"));
  await house.advance(30 * SECOND);
  equal(scene.heard(), ["down first firing"]);
  await house.advance(2 * MINUTE);
  await house.fire(over("down", "b"));
  await house.advance(3 * MINUTE - SECOND);
  equal(scene.heard(), []);
  await house.advance(SECOND);
  equal(scene.heard(), ["1 first firing", "down resolved"]);
});

Deno.test("a message says how many others of its message group are still firing", async () => {
  const clock = new TestClock(NOW);
  await using dingtalk = await startDingTalk({ robots: [{ token: "t" }], now: () => clock.now() });
  await using house = await testRelay({
    clock,
    yaml: `
ignore_labels: [severity]
groups:
  - owner: default
    level: default
    locale: en
    group_by: [cluster]
    destinations: [{ channel: dingtalk_robot, config: { base: "${dingtalk.url}", token: t } }]`,
  });
  let seen = 0;
  const texts = (): string[] => {
    const fresh = dingtalk.robot("t").messages.slice(seen);
    seen += fresh.length;
    return fresh.map((message) => /still firing: (\d+)/.exec(JSON.stringify(message))?.[1] ?? "none");
  };
  await house.fire(of("1"), of("2"), of("3"), of("other", "b"));
  await house.advance(30 * SECOND);
  equal(texts(), ["none", "none"]);
  await house.fire(over("1"), of("4"));
  await house.advance(5 * MINUTE);
  equal(texts(), ["2"], "2 and 3; not 4, which it is about");
  await silenceOf(house, 'instance="2"');
  await house.fire(over("4"), of("5"));
  await silenceOf(house, 'instance="5"');
  await house.advance(5 * MINUTE);
  equal(texts(), ["2"], "2 and 3; nobody was told of 5");
});
