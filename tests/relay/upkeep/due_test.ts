import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import { dueAt } from "../../../relay/domain/due.ts";
import { TestClock } from "../../kit/clock.ts";
import { countingKv } from "../../kit/counting_kv.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";

const HOUR = 60 * MINUTE;

const YAML = (more = "") => `
groups:
  - { owner: ops, level: default, window: 5m${more}, destinations: [{ channel: inbox }] }
rules: [{ match: ['alertname=~".*"'], group: ops/default }]
`;

async function fireMany(house: TestRelay, count: number, labels: Record<string, string> = {}): Promise<void> {
  for (let from = 0; from < count; from += 500) {
    await house.accept(
      ...Array.from({ length: Math.min(500, count - from) }, (_, number) => ({
        labels: { instance: `host-${from + number}`, ...labels },
      })),
    );
  }
  await house.settle();
}

const openIn = async ({ relay }: TestRelay): Promise<number> =>
  (await relay.store.incidents.open(() => true)).length;

/** The entries of the index. */
async function index(kv: Deno.Kv): Promise<{ at: number; fingerprint: string }[]> {
  const entries = await Array.fromAsync(kv.list({ prefix: ["tick", "when"] }));
  return entries.map(({ key }) => ({ at: Number(key[2]), fingerprint: String(key[3]) }));
}

Deno.test("a minute in which nothing is due reads none of the open incidents, and asks little", async () => {
  const { kv, asked } = countingKv(await Deno.openKv(":memory:"));
  await using house = await testRelay({ kv, exclusive: false, yaml: YAML(", remind: 1h") });
  await fireMany(house, 1_000, { severity: "warning" });
  for (let minute = 0; minute < 4; minute++) {
    await house.advance(MINUTE);
    await house.relay.tidy();
  }
  const before = { ...asked };
  asked.keys.length = 0;
  await house.advance(MINUTE);
  await house.relay.tidy();
  const requests = asked.reads + asked.writes - before.reads - before.writes;
  ok(requests <= 6, `${requests} requests:\n${asked.keys.join("\n")}`);
  ok(asked.entries - before.entries <= 20, `${asked.entries - before.entries} entries`);
  kv.close();
});

Deno.test("incidents that are too large together for one atomic are retired one by one", async () => {
  const names = Array.from({ length: 120 }, (_, number) => `a-team-with-a-long-name-${number}/default`);
  const groups = names.map((id) =>
    `  - { owner: ${id.split("/")[0]}, level: default, window: 5m, destinations: [{ channel: inbox }] }`
  );
  const rules = names.map((group) => `  - { match: ['alertname=~".*"'], group: ${group} }`);
  await using house = await testRelay({
    yaml: `groups:\n${groups.join("\n")}\nrules:\n${rules.join("\n")}\n`,
  });
  await fireMany(house, 50);
  equal(await openIn(house), 50);
  await house.advance(25 * HOUR);
  await house.relay.tidy();
  equal([await openIn(house), house.reports], [0, []]);
});

for (const exclusive of [true, false]) {
  const store = exclusive ? "a local file" : "a shared store";
  Deno.test(`on ${store}, a storm that falls silent is retired by batches, and nothing is left of it`, async () => {
    const { kv, asked } = countingKv(await Deno.openKv(":memory:"));
    await using house = await testRelay({ kv, exclusive, yaml: YAML() });
    await fireMany(house, 1_300);
    equal(await openIn(house), 1_300);
    await house.advance(25 * HOUR);
    const before = { ...asked };
    await house.relay.tidy();
    equal(await openIn(house), 0);
    const writes = asked.writes - before.writes;
    ok(writes < 1_300 / 5, `${writes} writes`);
    equal(await index(kv), []);
    equal(house.reports, []);
    kv.close();
  });

  Deno.test(`on ${store}, a reminder that is added to the configuration is due for what burns already`, async () => {
    const kv = await Deno.openKv(":memory:");
    const clock = new TestClock();
    {
      await using house = await testRelay({ kv, clock, exclusive, yaml: YAML() });
      await house.fire({ labels: { severity: "critical" } });
      await house.relay.tidy();
    }
    await using house = await testRelay({ kv, clock, exclusive, yaml: YAML(", remind: 10m") });
    await house.relay.tidy();
    await house.advance(11 * MINUTE);
    await house.relay.tidy();
    await house.settle();
    equal((await house.deliveries()).map(({ reason }) => reason), ["first", "reminder"]);
    kv.close();
  });

  Deno.test(`on ${store}, a reminder that a silence suppresses is sent after it`, async () => {
    await using house = await testRelay({ exclusive, yaml: YAML(", remind: 10m") });
    await house.fire({ labels: { severity: "critical" } });
    const until = house.clock.now() + 20 * MINUTE;
    await house.relay.store.silences.put(
      {
        id: "01",
        matchers: ['severity="critical"'],
        from: 0,
        until,
        author: "li",
        comment: "",
        at: 0,
      } as never,
      { by: "li", action: "added", what: "silences/01" },
    );
    for (let minute = 0; minute < 19; minute++) {
      await house.advance(MINUTE);
      await house.relay.tidy();
    }
    equal((await house.deliveries()).length, 1);
    for (let minute = 0; minute < 3; minute++) {
      await house.advance(MINUTE);
      await house.relay.tidy();
      await house.settle();
    }
    equal((await house.deliveries()).map(({ reason }) => reason), ["first", "reminder"]);
  });
}

Deno.test("of several instances one at a time works on what is due, and another takes over", async () => {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  await using one = await testRelay({ kv, clock, exclusive: false, yaml: YAML() });
  await using two = await testRelay({ kv, clock, exclusive: false, yaml: YAML() });
  await fireMany(one, 20);
  clock.advance(25 * HOUR);
  const [first] = await Array.fromAsync(take(one.relay.store.incidents.due(clock.now())));
  equal(first!.incidents.length, 20);
  equal(await Array.fromAsync(two.relay.store.incidents.due(clock.now())), []);
  clock.advance(61_000); // the first has died in the middle
  await two.relay.tidy();
  equal(await openIn(two), 0);
  kv.close();

  async function* take<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
    for await (const item of items) return yield item;
  }
});

Deno.test("a database of an earlier version, or of other settings, gets its index once", async () => {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  await using house = await testRelay({ kv, clock, exclusive: false, yaml: YAML() });
  await fireMany(house, 30);
  for (const { at, fingerprint } of await index(kv)) await kv.delete(["tick", "when", at, fingerprint]);
  await kv.delete(["tick", "settings"]);
  await house.relay.tidy();
  equal(new Set((await index(kv)).map(({ fingerprint }) => fingerprint)).size, 30);
  await house.advance(25 * HOUR);
  await house.relay.tidy();
  equal(await openIn(house), 0);
  kv.close();
});

Deno.test("an incident is due at the first of what time does to it", () => {
  const group = { flap: { count: 7, per: HOUR }, remind: 10 * MINUTE, destinations: [{ channel: "ocp" }] };
  const rules = {
    now: 1_000,
    staleAfter: 24 * HOUR,
    groupOf: (id: string) => id === "ops/1" ? group as never : undefined,
    repeatOf: () => undefined as number | undefined,
  };
  const window = { until: 0, severity: "critical", told: "a", at: 500, folded: 0, deliveries: 1, dead: [] };
  const incident = {
    id: "a",
    openedAt: 400,
    lastAt: 600,
    closedAt: null,
    severity: "warning",
    known: false,
    windows: {},
  };
  const at = (more: object, changed: object = {}): number =>
    dueAt({ ...incident, ...more } as never, { ...rules, ...changed });
  equal(at({}), 600 + 24 * HOUR);
  equal(at({ clearsAfter: 5_000 }), 5_600);
  equal(at({ windows: { "ops/1": window } }), 500 + 10 * MINUTE);
  equal(at({ windows: { "ops/1": { ...window, reminded: { at: 900, count: 1 } } } }), 900 + 10 * MINUTE);
  equal(at({ windows: { "ops/1": window }, known: true }), 600 + 24 * HOUR);
  equal(at({ windows: { "gone/1": window } }), 600 + 24 * HOUR);
  equal(at({ windows: { "ops/1": window } }, { repeatOf: () => 100 }), 1_100);
  equal(at({ flaps: { "ops/1": { changes: [700], until: 9 } } }), 700 + HOUR);
  equal(at({ closedAt: 700 }), Infinity);
  equal(at({ closedAt: 700, flaps: { "ops/1": { changes: [700], told: "critical" } } }), 700 + HOUR);
  equal(at({ closedAt: 700, flaps: { "ops/1": { changes: [700], until: 9 } } }), Infinity);
  equal(at({ closedAt: 700, late: { alert: "b", at: 700, until: 800 } }), 800);
});
