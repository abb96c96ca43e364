import { deepStrictEqual as equal, match, rejects } from "node:assert/strict";
import type { Cache } from "../../../relay/channel.ts";
import { SchemaError, StoreError } from "../../../relay/store/errors.ts";
import { lockDatabase } from "../../../relay/store/lock.ts";
import { systemClock } from "../../../relay/base/clock.ts";
import { openStore } from "../../../relay/store/store.ts";
import { startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { eventually } from "../../kit/eventually.ts";
import { faultyKv } from "../../kit/faulty_kv.ts";
import { SECRETS, type TestAlert, type TestRelay, testRelay } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

const ADMIN = { headers: { authorization: `Bearer ${SECRETS.adminPassword}` } };

const retention = { alerts: 30 * 86_400_000, dead: 90 * 86_400_000, audit: 86_400_000 };

async function withFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fenghuo-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function answer(house: TestRelay, ...alerts: readonly TestAlert[]): Promise<unknown> {
  return await (await house.post(...alerts)).json();
}

Deno.test("a window goes on after a restart, to the millisecond, and ends", async () => {
  await withFolder(async (folder) => {
    const clock = new TestClock();
    for (
      const [wait, expected] of [
        [0, { accepted: 1, duplicates: 0, notifications: 1 }],
        [5 * MINUTE - 1, { accepted: 1, duplicates: 1, notifications: 0 }],
        [1, { accepted: 1, duplicates: 0, notifications: 1 }],
      ] as const
    ) {
      const kv = await Deno.openKv(`${folder}/fenghuo.db`);
      {
        await using house = await testRelay({ kv, clock });
        clock.advance(wait);
        equal(await answer(house, { startsAt: new Date(clock.now()).toISOString() }), expected);
      }
      kv.close();
    }
  });
});

Deno.test("100 identical requests at once tell one and count 99", async () => {
  await using house = await testRelay();
  const answers = await Promise.all(Array.from({ length: 100 }, () => answer(house, {}))) as Record<
    string,
    number
  >[];
  equal(answers.reduce((sum, { notifications }) => sum + notifications!, 0), 1);
  equal(answers.reduce((sum, { duplicates }) => sum + duplicates!, 0), 99);
  equal((await house.relay.store.log.newest(200)).length, 100, "each is in the log");
});

Deno.test("what was accepted before a restart is delivered after it", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/fenghuo.db`;
    const clock = new TestClock();
    const first = await Deno.openKv(path);
    // This one never delivers: it is stopped before its couriers had a turn.
    const house = await testRelay({ kv: first, clock });
    const accepted = answer(
      house,
      ...Array.from({ length: 50 }, (_, index) => ({ labels: { instance: `${index}` } })),
    );
    await house.relay.courier.stop({ grace: 0 });
    equal(await accepted, { accepted: 50, duplicates: 0, notifications: 50 });
    equal(await house.relay.store.caches.newest("inbox", 10), []);
    first.close();
    const second = await Deno.openKv(path);
    {
      await using house = await testRelay({ kv: second, clock });
      await house.settle();
      const [message] = await house.relay.store.caches.newest("inbox", 10) as { alerts: number }[];
      equal(message!.alerts, 50);
      equal(await house.relay.store.outbox.lanes(), [], "nothing is left to do");
    }
    second.close();
  });
});

Deno.test("ids go on after those of an earlier process, also when the clock was set back", async () => {
  const kv = await Deno.openKv(":memory:");
  const ids: string[] = [];
  for (const now of [Date.UTC(2026, 0, 31, 8), Date.UTC(2026, 0, 31, 7)]) {
    await using house = await testRelay({ kv, clock: new TestClock(now) });
    await answer(house, { labels: { instance: `${now}` } });
    ids.push((await house.relay.store.log.newest(1))[0]!.id);
  }
  equal(ids, ids.toSorted());
  equal(new Set(ids).size, 2);
  kv.close();
});

Deno.test("an incident that was silent for a day leaves the list of what is open, and its end is told all the same", async () => {
  for (const exclusive of [true, false]) {
    const kv = await Deno.openKv(":memory:");
    {
      await using house = await testRelay({ kv, exclusive });
      await answer(house, {});
      await house.settle();
      house.clock.advance(24 * 60 * MINUTE);
      await house.relay.tidy();
      equal((await Array.fromAsync(kv.list({ prefix: ["incident", "open"] }))).length, 0);
      equal((await Array.fromAsync(kv.list({ prefix: ["incident", "closed"] }))).length, 1);
      equal((await Array.fromAsync(kv.list({ prefix: ["window"] }))).length, 1);
      await answer(house, { status: "resolved" });
      const [logged] = await house.relay.store.log.newest(1);
      equal(logged!.routing[0]!.outcome, { kind: "told", reason: "resolved", folded: 0 });
    }
    kv.close();
  }
});

Deno.test("a resolved incident keeps its record, and its successor has another", async () => {
  await using house = await testRelay();
  await answer(house, {}, { status: "resolved" }, {});
  const list = (state: string): Promise<unknown[]> =>
    Array.fromAsync(house.kv.list({ prefix: ["incident", state] }));
  equal([(await list("open")).length, (await list("closed")).length], [1, 1]);
});

Deno.test("a database that fails is answered 503, and the retry is stored", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  {
    await using house = await testRelay({ kv: faulty.kv });
    faulty.onCommit = () => {
      throw new TypeError("disk I/O error");
    };
    const response = await house.post({});
    equal([response.status, response.headers.get("retry-after")], [503, "5"]);
    equal((await response.json()).error, "Cannot store the alerts: the database failed; see the relay's log");
    await house.post({});
    equal(house.reports, ["Cannot store the alerts: disk I/O error"], "once a minute");
    faulty.onCommit = () => undefined;
    equal(await answer(house, {}), { accepted: 1, duplicates: 0, notifications: 1 });
  }
  kv.close();
});

Deno.test("a database that does not answer makes the relay not ready, and says which part", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  {
    await using house = await testRelay({ kv: faulty.kv });
    equal((await (await house.request("/readyz")).json()).ready, true);
    faulty.onRead = () => {
      throw new TypeError("gone");
    };
    house.clock.advance(1_000); // it is looked at once a second
    const response = await house.request("/readyz", ADMIN);
    equal([response.status, await response.json()], [503, {
      ready: false,
      unready: { store: "Cannot write to the database: gone" },
      warnings: [],
    }]);
    const { status, body } = await house.request("/readyz", { headers: { authorization: "" } });
    equal(
      [status, await new Response(body).json()],
      [503, { ready: false }],
      "a load balancer learns no more",
    );
    const token = await house.request("/readyz", {
      headers: { authorization: "Bearer fenghuo_0123456789abcdef_" + "x".repeat(43) },
    });
    equal([token.status, await token.json()], [503, { ready: false }], "nobody can be looked up");
    equal((await house.request("/healthz")).status, 200);
  }
  kv.close();
});

Deno.test("a result that the database does not take is written later, and the message is not sent again", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  {
    await using house = await testRelay({ kv: faulty.kv });
    // The first commit accepts, the second is the courier's.
    faulty.onCommit = (number) => {
      if (number === 1 || number === 2) throw new TypeError("busy");
      return undefined;
    };
    await answer(house, {});
    const settled = house.settle();
    // The courier waits for the clock; nothing else is under way.
    for (let second = 0; second < 2; second++) {
      await eventually("the courier to wait", () => house.clock.next !== undefined, { every: 1 });
      house.clock.advance(1_000);
    }
    await settled;
    const [logged] = await house.relay.store.log.newest(1);
    equal((await house.relay.store.deliveries.of(logged!.id)).map(({ state }) => state), ["delivered"]);
    const [said, ...reports] = house.reports;
    match(said!, /: busy$/);
    match(reports.join("\n"), /^Cannot write the results of lane inbox-\w+: .*: busy$/, "once");
  }
  kv.close();
});

Deno.test("what is under way when the database fails is not sent again when it recovers", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  await using sink = await startSink();
  sink.answer({ delayMs: 200, times: 1 });
  sink.answer({ delayMs: 40, times: 1 });
  {
    await using house = await testRelay({
      kv: faulty.kv,
      exclusive: false,
      yaml: `
groups:
  - owner: default
    level: default
    destinations: [{ channel: webhook, config: { url: "${sink.url}" } }]`,
    });
    await answer(house, { labels: { instance: "a" } });
    await answer(house, { labels: { instance: "b" } });
    await sink.arrived(2);
    // The courier looks for more work, and the database is gone.
    let failed = 0;
    faulty.onList = () => {
      failed++;
      throw new TypeError("gone");
    };
    const { destinations: [hook] } = house.relay.config.groups.get("default/default")!;
    house.relay.courier.wake(hook!.lane);
    await eventually("the courier to read the database", () => failed > 0, { every: 1 });
    faulty.onList = undefined;
    // The outcome may have to wait until the database is reachable again.
    let isSettled = false;
    const settled = house.settle().finally(() => isSettled = true);
    await eventually("the results to be written", () => {
      if (!isSettled) house.clock.advance(1_000);
      return isSettled;
    }, { every: 1 });
    await settled;
    house.clock.advance(10_000);
    await house.settle();
    const told = (sink.bodies as { data: { title: string } }[]).map(({ data }) => data.title);
    equal(told, ["🟡a Test", "🟡b Test"]);
  }
  kv.close();
});

Deno.test("a database that was written by a newer Fenghuo is refused, with what to do", async () => {
  const kv = await Deno.openKv(":memory:");
  const options = { exclusive: true, clock: systemClock, key: "k", retention };
  await openStore(kv, options);
  await openStore(kv, options);
  await kv.set(["schema"], new TextEncoder().encode("999"));
  await rejects(openStore(kv, options), (error: Error) => {
    equal(error instanceof SchemaError, true);
    match(error.message, /^Cannot use the database: its records have version 999, .* FENGHUO_KV$/);
    return true;
  });
  kv.close();
});

Deno.test("a database of an older Fenghuo is read, and is then for those that know the new records", async () => {
  const kv = await Deno.openKv(":memory:");
  await kv.set(["schema"], new TextEncoder().encode("1"));
  await using house = await testRelay({ kv });
  await answer(house, {});
  equal(new TextDecoder().decode((await kv.get<Uint8Array>(["schema"])).value!), "3");
  kv.close();
});

Deno.test("an operation that hangs ends with an error that says how long it had", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  let hangs = false;
  const kvThatHangs = new Proxy(faulty.kv, {
    get: (target, name) => name === "set" && hangs ? () => new Promise(() => {}) : Reflect.get(target, name),
  });
  const store = await openStore(kvThatHangs, {
    exclusive: false,
    clock: systemClock,
    key: "k",
    retention,
    deadline: 5,
  });
  hangs = true;
  await rejects(
    store.probe(),
    (error: Error) => error instanceof StoreError && /did not answer within 5 ms$/.test(error.message),
  );
  kv.close();
});

Deno.test("a database that reads and takes nothing more is not ready, and is asked once a second at most", async () => {
  const clock = new TestClock();
  using kv = await Deno.openKv(":memory:");
  let writes = 0;
  let isFull = false;
  const disk = new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name);
      if (name !== "set") return typeof value === "function" ? value.bind(target) : value;
      return (...args: Parameters<Deno.Kv["set"]>) => {
        writes++;
        return isFull ? Promise.reject(new TypeError("database or disk is full")) : target.set(...args);
      };
    },
  });
  await using house = await testRelay({ kv: disk, clock });
  equal(await house.relay.query.unready(), {});
  isFull = true;
  clock.advance(1_000);
  const before = writes;
  for (let index = 0; index < 20; index++) {
    equal(await house.relay.query.unready(), {
      store: "Cannot write to the database: database or disk is full",
    });
  }
  equal(writes, before + 1);
  isFull = false;
  clock.advance(1_000);
  equal(await house.relay.query.unready(), {});
});

Deno.test("a second holder of a database is refused by its name and process, and can have it afterwards", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/fenghuo.db`;
    const unlock = await lockDatabase(path);
    await rejects(
      lockDatabase(path),
      new RegExp(
        `^Error: Cannot open the database ".*fenghuo.db": another Fenghuo \\(process ${Deno.pid}\\) uses it`,
      ),
    );
    unlock();
    (await lockDatabase(path))();
  });
});

Deno.test("a secret that a channel keeps is sealed, opens for that channel and key alone, and ends", async () => {
  const kv = await Deno.openKv(":memory:");
  let now = 1_000;
  const open = async (key: string): Promise<Cache> => {
    const store = await openStore(kv, {
      exclusive: true,
      clock: { now: () => now },
      key,
      retention,
    });
    return store.caches.of("wecom_app");
  };
  const cache = await open("k");
  await cache.set("token", { token: "t0ken-in-the-clear" }, { until: 2_000, secret: true });
  await cache.set("name", "not secret", { until: 2_000 });
  equal([await cache.get("token"), await cache.get("name")], [{ token: "t0ken-in-the-clear" }, "not secret"]);
  for await (const { value } of kv.list({ prefix: ["cache"] })) {
    equal(new TextDecoder().decode(value as Uint8Array).includes("t0ken"), false);
  }
  equal(await (await open("another key")).get("token"), undefined);
  now = 2_000;
  equal([await cache.get("token"), await cache.get("name")], [undefined, undefined]);
  kv.close();
});
