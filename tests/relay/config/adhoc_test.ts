/** Groups that an address created: they outlive the process, and every instance on the shared store has them. */
import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { type DingTalk, startDingTalk } from "../../../simulator/dingtalk.ts";
import { api } from "../../kit/api.ts";
import { TestClock } from "../../kit/clock.ts";
import { type TestAlert, type TestRelay, testRelay, webhook } from "../../kit/relay.ts";
import { DAY, HOUR } from "../../../relay/base/duration.ts";

const TOKEN = "adhoc-token";

interface Scene extends AsyncDisposable {
  readonly kv: Deno.Kv;
  readonly clock: TestClock;
  readonly dingtalk: DingTalk;
  /** A relay on the database that all of them share. */
  start(options?: { exclusive?: boolean; yaml?: string; env?: Record<string, string> }): Promise<TestRelay>;
  /** Post an alert for the robot. */
  post(house: TestRelay, alert?: TestAlert): Promise<number>;
}

async function scene(): Promise<Scene> {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  const dingtalk = await startDingTalk({ robots: [{ token: TOKEN }], now: () => clock.now() });
  const ddurl = `${dingtalk.url}/robot/send?access_token=${TOKEN}`;
  const allowed = `allowed_targets: ["${new URL(dingtalk.url).host}"]`;
  return {
    kv,
    clock,
    dingtalk,
    start: ({ exclusive = true, yaml = "", env } = {}) =>
      testRelay({ kv, clock, exclusive, yaml: `${allowed}\n${yaml}`, ...env ? { env } : {} }),
    async post(house, alert = {}): Promise<number> {
      const response = await house.request(`/prometheusalert?${new URLSearchParams({ type: "dd", ddurl })}`, {
        method: "POST",
        body: JSON.stringify(webhook(alert)),
      });
      await response.body?.cancel();
      return response.status;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      kv.close();
      await dingtalk.close();
    },
  };
}

Deno.test("what waits for a target is delivered by the process that comes after", async () => {
  await using world = await scene();
  world.dingtalk.fault("5xx", { times: 1 });
  {
    await using before = await world.start();
    equal(await world.post(before), 200);
    await before.settle();
    equal((await before.deliveries()).map(({ state }) => state), ["pending"]);
  }
  await using after = await world.start();
  await after.advance(HOUR);
  equal((await after.deliveries()).map(({ state }) => state), ["delivered"]);
  equal(world.dingtalk.robot(TOKEN).messages.length, 1);
});

Deno.test("an instance that has never heard of a target asks the store, and delivers", async () => {
  await using world = await scene();
  const [a, b] = [await world.start({ exclusive: false }), await world.start({ exclusive: false })];
  // The one that took the alert dies before it could send it.
  await a.relay.courier.stop({ grace: 0 });
  equal(await world.post(a), 200);
  equal(b.relay.adhoc.get((await groupIn(a))!), undefined, "the other one knows nothing of it");
  await b.relay.courier.sweep();
  await b.settle();
  equal((await b.deliveries()).map(({ state }) => state), ["delivered"]);
  equal(world.dingtalk.robot(TOKEN).messages.length, 1);
  for (const house of [a, b]) await house[Symbol.asyncDispose]();
});

async function groupIn({ relay: { store } }: TestRelay): Promise<string | undefined> {
  return (await store.log.newest(1))[0]?.routing[0]?.group;
}

Deno.test("a definition that cannot be read is waited for, and the delivery goes once it can", async () => {
  await using world = await scene();
  let key: Deno.KvKey | undefined;
  let value: unknown;
  {
    await using before = await world.start();
    await before.relay.courier.stop({ grace: 0 });
    await world.post(before);
    for await (const entry of world.kv.list({ prefix: ["adhoc"] })) [key, value] = [entry.key, entry.value];
    await world.kv.delete(key!);
  }
  await using after = await world.start();
  await after.advance(20 * HOUR);
  equal(await after.deliveries(), [], "not tried, and not dead");
  equal((await after.relay.store.outbox.lanes()).length, 1);
  await world.kv.set(key!, value);
  await after.advance(5 * 60_000);
  equal((await after.deliveries()).map(({ state }) => state), ["delivered"]);
});

Deno.test("a definition that is lost for good ends its deliveries after a day, with the reason", async () => {
  await using world = await scene();
  {
    await using before = await world.start();
    await before.relay.courier.stop({ grace: 0 });
    await world.post(before);
  }
  for await (const { key } of world.kv.list({ prefix: ["adhoc"] })) await world.kv.delete(key);
  await using after = await world.start();
  await after.advance(DAY + HOUR);
  equal((await after.deliveries()).map(({ state, because }) => [state, because]), [
    ["dead", "the definition of the target is lost"],
  ]);
});

Deno.test("the database shows nothing of a target", async () => {
  await using world = await scene();
  await using house = await world.start();
  await world.post(house, { labels: { a: "b" } });
  await house.settle();
  let records = 0;
  for await (const { key, value } of world.kv.list({ prefix: [] })) {
    const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value);
    ok(!text.includes(TOKEN) && !JSON.stringify(key).includes(TOKEN), JSON.stringify(key));
    if (key[0] === "adhoc") match(text, /"sealed":"v1\./);
    records++;
  }
  ok(records > 4);
  ok(!JSON.stringify(await house.deliveries()).includes(TOKEN));
});

Deno.test("a target is forgotten two weeks after its last use, and not while it is used", async () => {
  await using world = await scene();
  await using house = await world.start();
  const known = async (): Promise<number> => (await house.relay.store.definitions.all()).size;
  for (let day = 0; day < 30; day++) {
    await world.post(house, { labels: { day: `${day}` } });
    await house.advance(DAY);
  }
  equal(await known(), 1);
  await house.advance(12 * DAY);
  equal(await known(), 1);
  await house.advance(2 * DAY);
  equal(await known(), 0);
  equal(await world.post(house), 200, "and known again when it comes back");
  equal(await known(), 1);
});

Deno.test("a used target is written once a day, not with every alert", async () => {
  await using world = await scene();
  await using house = await world.start();
  const stamp = async (): Promise<string | null> => {
    for await (const { versionstamp } of world.kv.list({ prefix: ["adhoc"] })) return versionstamp;
    return null;
  };
  await world.post(house);
  const first = await stamp();
  for (let turn = 0; turn < 5; turn++) await world.post(house, { labels: { turn: `${turn}` } });
  equal(await stamp(), first);
  await house.advance(DAY + 1);
  await world.post(house);
  ok(await stamp() !== first);
});

Deno.test("the least used target makes room for a new one, and what waits for it is still delivered", async () => {
  await using world = await scene();
  await using house = await world.start();
  const { adhoc } = house.relay;
  world.dingtalk.fault("5xx", { times: 1 });
  equal(await world.post(house), 200);
  await house.settle();
  const [first] = await adhoc.all();
  const of = (number: number, sender: string): Promise<unknown> =>
    adhoc.ensure({ channel: "dingtalk_robot", members: [], configs: [{ token: `token-${number}` }] }, {
      sender,
    });
  for (let number = 0; number < 998; number++) {
    house.clock.advance(1);
    await of(number, number < 499 ? "intake token" : "other");
  }
  house.clock.advance(1);
  await of(0, "intake token");
  equal([(await adhoc.all()).length, (await adhoc.all()).at(-1)!.id], [999, first!.id]);
  house.clock.advance(1);
  await of(2_000, "third");
  house.clock.advance(1);
  await of(2_001, "third");
  equal((await adhoc.all()).length, 1_000);
  equal(adhoc.get(first!.id), undefined, "it made room, because it was not used");
  equal((await adhoc.all()).filter(({ sender }) => sender === "third").length, 2);
  await house.advance(HOUR);
  equal((await house.deliveries()).map(({ state }) => state), ["delivered"]);
  equal(await world.post(house, { labels: { a: "b" } }), 200, "and it is there again when it is used");
});

Deno.test("a sender that has its share makes room among its own targets, and displaces no other sender's", async () => {
  await using world = await scene();
  await using house = await world.start();
  const { adhoc } = house.relay;
  equal(await world.post(house), 200);
  const [victim] = await adhoc.all();
  for (let number = 0; number < 700; number++) {
    house.clock.advance(1);
    const target = { channel: "dingtalk_robot", members: [], configs: [{ token: `token-${number}` }] };
    ok("group" in await adhoc.ensure(target, { sender: "greedy" }));
  }
  equal((await adhoc.all()).filter(({ sender }) => sender === "greedy").length, 500);
  ok(adhoc.get(victim!.id), "the least used of all, and another one's");
});

Deno.test("targets are listed without their secrets, with who made them and when they were used", async () => {
  await using world = await scene();
  await using house = await world.start();
  await world.post(house);
  await house.advance(HOUR);
  const response = await house.request("/api/targets", {
    headers: { authorization: "Bearer test-password" },
  });
  const text = await response.text();
  ok(!text.includes(TOKEN));
  const { targets: [{ id, ...target }] } = JSON.parse(text);
  match(id, /^adhoc\/[0-9a-f]{16}$/);
  const used = house.clock.now() - HOUR;
  equal(target, {
    channel: "dingtalk_robot",
    destinations: 1,
    hosts: [new URL(world.dingtalk.url).host],
    members: [],
    sender: "intake token",
    usedAt: used,
    until: used + 14 * DAY,
  });
});

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";
  Deno.test(`on ${store}, a target that is removed by hand is gone for all, also after a restart, and loses nothing`, async () => {
    await using world = await scene();
    world.dingtalk.fault("5xx", { times: 1 });
    const other = exclusive ? undefined : await world.start({ exclusive });
    {
      await using house = await world.start({ exclusive });
      equal(await world.post(house), 200);
      await house.settle();
      const { body: { targets: [{ id }] } } = await api(house, "GET", "targets");
      if (other) equal((await other.relay.adhoc.all()).map((one) => one.id), [id], "made by the other one");
      equal(await api(house, "DELETE", `targets/${id}`), { status: 200, body: { removed: id } });
      equal((await api(house, "GET", "targets")).body, { targets: [] });
      if (other) equal(await other.relay.adhoc.all(), []);
      const again = await api(house, "DELETE", `targets/${id}`);
      equal(again.status, 404);
      match(again.body.error, /^There is no target adhoc\/[0-9a-f]{16}: it may have been removed/);
      const [{ at: _, id: __, ...entry }] = (await api(house, "GET", "audit?what=targets")).body.entries;
      const host = new URL(world.dingtalk.url).host;
      equal(entry, {
        by: "admin",
        action: "removed",
        what: `targets/${id}`,
        before: { channel: "dingtalk_robot", hosts: [host], sender: "intake token" },
      });
    }
    await using after = await world.start({ exclusive });
    equal(await after.relay.adhoc.all(), [], "what waits for it is no reason to list it");
    await after.advance(HOUR);
    await other?.settle();
    equal((await after.deliveries()).map(({ state }) => state), ["delivered"]);
    equal(await after.relay.adhoc.all(), []);
    equal(await world.post(after, { labels: { a: "b" } }), 200);
    equal((await after.relay.adhoc.all()).length, 1, "it is there again when it is used");
    await other?.[Symbol.asyncDispose]();
  });
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";
  Deno.test(`on ${store}, a target that made room is neither listed nor loaded after a restart`, async () => {
    await using world = await scene();
    {
      await using house = await world.start({ exclusive });
      for (let number = 0; number <= 500; number++) {
        house.clock.advance(1);
        const target = { channel: "dingtalk_robot", members: [], configs: [{ token: `token-${number}` }] };
        await house.relay.adhoc.ensure(target, { sender: "greedy" });
      }
    }
    await using after = await world.start({ exclusive });
    const { adhoc, store: { definitions } } = after.relay;
    equal((await adhoc.all()).length, 500);
    const stored = [...(await definitions.all()).keys()];
    equal(stored.length, 501);
    equal(stored.filter((id) => adhoc.get(id)).length, 500, "in memory, too: anybody can name targets");
  });
}

Deno.test("a store that fails when a target is new is answered 503, and nothing is accepted", async () => {
  const kv = await Deno.openKv(":memory:");
  await using house = await testRelay({ kv });
  kv.close();
  const ddurl = "https://oapi.dingtalk.com/robot/send?access_token=x";
  const response = await house.request(`/prometheusalert?type=dd&ddurl=${encodeURIComponent(ddurl)}`, {
    method: "POST",
    body: JSON.stringify(webhook({})),
  });
  equal(response.status, 503);
  await response.body?.cancel();
});
