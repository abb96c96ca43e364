import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { LoggedAlert } from "../../../relay/domain/record.ts";
import { sum } from "../../../relay/query/ledger.ts";
import { recount } from "../../../relay/query/recount.ts";
import { systemClock } from "../../../relay/base/clock.ts";
import { openStore } from "../../../relay/store/store.ts";
import { startSink } from "../../../simulator/sink.ts";
import { TestClock } from "../../kit/clock.ts";
import { alert } from "../../kit/domain.ts";
import { type CommitFault, faultyKv } from "../../kit/faulty_kv.ts";
import { type TestRelay, testRelay } from "../../kit/relay.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** Several instances on one database, each with a clock of its own. */
async function instances(
  { kv, yaml, skews, ...options }: { kv: Deno.Kv; yaml?: string; skews: number[] },
): Promise<TestRelay[]> {
  return await Promise.all(
    skews.map((skew) =>
      testRelay({
        kv,
        exclusive: false,
        clock: new TestClock(Date.UTC(2026, 0, 31, 8) + skew),
        ...yaml ? { yaml } : {},
        ...options,
      })
    ),
  );
}

async function close(houses: readonly TestRelay[], kv: Deno.Kv): Promise<void> {
  for (const house of houses) await house[Symbol.asyncDispose]();
  kv.close();
}

const outcomes = (logged: readonly LoggedAlert[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { routing } of logged) {
    for (const { outcome } of routing) {
      const name = outcome.kind === "told"
        ? outcome.reason
        : outcome.kind === "folded"
        ? "folded"
        : outcome.by;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
};

Deno.test("100 identical requests at once to three instances tell one and count 99", async () => {
  const kv = await Deno.openKv(":memory:");
  const houses = await instances({ kv, skews: [-2_000, 0, 2_000] });
  const responses = await Promise.all(Array.from({ length: 100 }, (_, index) => houses[index % 3]!.post({})));
  const answers = await Promise.all(responses.map((response) => response.json()));
  equal(answers.reduce((sum, { notifications }) => sum + notifications, 0), 1);
  equal(answers.reduce((sum, { duplicates }) => sum + duplicates, 0), 99);
  equal(outcomes(await houses[0]!.relay.store.log.newest(200)), { first: 1, folded: 99 });
  await close(houses, kv);
});

Deno.test("a payload with more fingerprints than one commit can check is stored in parts, and answered after the last", async () => {
  const kv = await Deno.openKv(":memory:");
  const houses = await instances({ kv, skews: [0, 0] });
  const alerts = Array.from({ length: 100 }, (_, index) => ({ labels: { instance: `db-${index}` } }));
  const answers = await Promise.all(houses.map(async (house) => await (await house.post(...alerts)).json()));
  equal(answers.map(({ accepted }) => accepted), [100, 100]);
  equal(answers.reduce((sum, { notifications }) => sum + notifications, 0), 100);
  equal(outcomes(await houses[0]!.relay.store.log.newest(300)), { first: 100, folded: 100 });
  await close(houses, kv);
});

Deno.test("what another instance resolved is not folded into its window", async () => {
  const kv = await Deno.openKv(":memory:");
  const [a, b] = await instances({ kv, skews: [0, -2_000] }) as [TestRelay, TestRelay];
  const [once, again] = ["2026-01-31T07:59:00Z", "2026-01-31T08:00:00Z"];
  await a.accept({ startsAt: once });
  await b.accept({ startsAt: once });
  await b.accept({ startsAt: once, status: "resolved" });
  await a.accept({ startsAt: again });
  equal(outcomes(await a.relay.store.log.newest(10)), { first: 2, folded: 1, resolved: 1 });
  await close([a, b], kv);
});

Deno.test("an event's id is later than its incident's newest, also when this instance's clock is behind", async () => {
  const kv = await Deno.openKv(":memory:");
  const [ahead, behind] = await instances({ kv, skews: [2_000, -2_000] }) as [TestRelay, TestRelay];
  const ids: string[] = [];
  for (
    const [house, status] of [[ahead, "firing"], [behind, "resolved"], [behind, "firing"], [
      ahead,
      "resolved",
    ]] as const
  ) {
    const { logged } = await house.relay.accept([{
      identity: { a: "b" },
      alert: alert({ dialect: "test", status, severity: "info" }),
    }], { now: house.clock.now(), bytes: 1 });
    ids.push(logged[0]!.id);
  }
  equal(ids, ids.toSorted());
  await close([ahead, behind], kv);
});

const FAULTS: CommitFault[] = ["lands, says no", "lands, says nothing", "is lost", "lands late"];

for (const fault of FAULTS) {
  Deno.test(`a commit that ${fault} is stored once, and its sender is told the truth`, async () => {
    const kv = await Deno.openKv(":memory:");
    const faulty = faultyKv(kv);
    const houses = await instances({ kv: faulty.kv, skews: [0] });
    const [house] = houses as [TestRelay];
    let done = false;
    faulty.onCommit = () => done ? undefined : (done = true, fault);
    const response = await house.post({});
    equal([response.status, await response.json()], [200, { accepted: 1, duplicates: 0, notifications: 1 }]);
    equal(await faulty.landLate(), 0, "an attempt that was overtaken cannot land");
    await house.settle();
    equal(outcomes(await house.relay.store.log.newest(10)), { first: 1 });
    equal((await house.relay.store.caches.newest("inbox", 10)).length, 1);
    await close(houses, kv);
  });
}

Deno.test("an attempt that lands after the next one was prepared is known for one's own", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  const houses = await instances({ kv: faulty.kv, skews: [0] });
  const [house] = houses as [TestRelay];
  faulty.onCommit = (number) => {
    if (number === 1) void faulty.landLate();
    return number === 0 ? "lands late" : undefined;
  };
  equal(await (await house.post({})).json(), { accepted: 1, duplicates: 0, notifications: 1 });
  equal(outcomes(await house.relay.store.log.newest(10)), { first: 1 });
  await house.settle();
  await close(houses, kv);
});

for (const fault of ["lands, says no", "lands, says nothing"] as const) {
  Deno.test(`a result whose commit ${fault} is written, and its message is not sent again`, async () => {
    await using sink = await startSink();
    for (let faultyCommit = 1; faultyCommit < 6; faultyCommit++) {
      const kv = await Deno.openKv(":memory:");
      const faulty = faultyKv(kv);
      const yaml =
        `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`;
      const houses = await instances({ kv: faulty.kv, yaml, skews: [0] });
      const [house] = houses as [TestRelay];
      const before = sink.bodies.length;
      faulty.onCommit = (number) => number === faultyCommit ? fault : undefined;
      equal((await house.post({})).status, 200);
      await house.settle();
      for (let minute = 0; minute < 3; minute++) await house.advance(MINUTE);
      equal(sink.bodies.length - before, 1, `commit ${faultyCommit}`);
      await close(houses, kv);
    }
  });
}

for (const fault of FAULTS) {
  // It belongs to no incident, so that nothing but the writer's own cell keeps a second attempt out.
  Deno.test(`a recovery with nothing open, in a commit that ${fault}, is stored once`, async () => {
    const kv = await Deno.openKv(":memory:");
    const faulty = faultyKv(kv);
    const houses = await instances({ kv: faulty.kv, skews: [0] });
    const [house] = houses as [TestRelay];
    let done = false;
    faulty.onCommit = () => done ? undefined : (done = true, fault);
    equal(await (await house.post({ status: "resolved" })).json(), {
      accepted: 1,
      duplicates: 0,
      notifications: 0,
    });
    equal(await faulty.landLate(), 0, "an attempt that was overtaken cannot land");
    equal(outcomes(await house.relay.store.log.newest(10)), { nothing_open: 1 });
    await close(houses, kv);
  });
}

Deno.test("whatever the database does to commits, every alert that was answered 200 is stored once and told once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom(undefined, undefined, undefined, ...FAULTS), { minLength: 5, maxLength: 30 }),
      fc.array(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 6 }),
      async (faults, payloads) => {
        const kv = await Deno.openKv(":memory:");
        const faulty = faultyKv(kv);
        const houses = await instances({ kv: faulty.kv, skews: [0, 1_000] });
        faulty.onCommit = (number) => faults[number];
        const responses = await Promise.all(payloads.map(async (instances, index) => {
          const response = await houses[index % 2]!.post(
            ...instances.map((instance) => ({ labels: { instance: `${instance}` } })),
          );
          return { instances, status: response.status, answer: await response.json() };
        }));
        await faulty.landLate();
        faulty.onCommit = () => undefined;
        const retention = { alerts: 1_000_000, dead: 1_000_000, audit: 1_000_000 };
        const { log, records } = await openStore(kv, {
          exclusive: false,
          clock: systemClock,
          key: "k",
          retention,
        });
        const logged = await log.newest(1_000);
        const answered = responses.filter(({ status }) => status === 200);
        ok(responses.every(({ status }) => status === 200 || status === 503));
        const stored = answered.reduce((sum, { answer }) => sum + answer.accepted, 0);
        ok(logged.length >= stored, "what was answered is stored");
        if (answered.length === responses.length) equal(logged.length, stored, "and nothing twice");
        const told = logged.filter(({ routing }) => routing[0]!.outcome.kind === "told").length;
        equal(told, new Set(logged.map(({ fingerprint }) => fingerprint)).size, "each trouble is told once");
        const missing = answered.flatMap(({ instances }) => instances).filter((instance) => {
          return !logged.some(({ alert }) => "labels" in alert && alert.labels.instance === `${instance}`);
        });
        equal(missing, []);
        // Whoever waits for the database, or for a lane, has its turn; then everything is settled.
        for (let round = 0; round < 5; round++) {
          for (const { clock } of houses) clock.advance(MINUTE);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
        const period = { from: Date.UTC(2026, 0, 31, 7), to: Date.UTC(2026, 0, 31, 10) };
        const { sum: counted, ...recounted } = await recount(period, records);
        const { moved: _moved, ...tallied } = await sum(period, records);
        equal([recounted.faults, recounted.differences, recounted.agrees], [[], [], true]);
        equal([tallied.accepted, tallied.addsUp], [logged.length, true], "the ledger adds up");
        equal(counted.heard, tallied.heard);
        await close(houses, kv);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("a batch that was given up, and lands after all, is counted once, and nothing counted before is lost", async () => {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  const houses = await instances({ kv: faulty.kv, skews: [0] });
  const [house] = houses as [TestRelay];
  equal((await house.post({ labels: { instance: "before" } })).status, 200);
  await house.settle();
  let late = 0;
  faulty.onCommit = () => late++ < 3 ? "lands late" : undefined;
  equal((await house.post({ labels: { instance: "given up" } })).status, 503);
  equal(await faulty.landLate(), 1);
  equal((await house.post({ labels: { instance: "after" } })).status, 200);
  await house.settle();
  const period = { from: Date.UTC(2026, 0, 31, 7), to: Date.UTC(2026, 0, 31, 10) };
  const { records } = house.relay.store;
  equal((await sum(period, records)).accepted, 3);
  equal((await recount(period, records)).differences, []);
  await close(houses, kv);
});

Deno.test("two couriers racing for a lane send every alert once, in order", async () => {
  await using sink = await startSink();
  const kv = await Deno.openKv(":memory:");
  const yaml =
    `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`;
  const houses = await instances({ kv, yaml, skews: [-2_000, 0, 2_000] });
  for (let round = 0; round < 20; round++) {
    await Promise.all(houses.map(async (house, index) => {
      await house.accept({ labels: { instance: `${round}-${index}` } });
    }));
  }
  // A courier retries a lane that was taken; the sweep of every minute does so, too.
  for (let minute = 0; minute < 3; minute++) {
    for (const house of houses) await house.relay.courier.sweep();
    // A clock that jumped while a message is under way would end the lease: that may rightly send it again.
    await Promise.all(houses.map((house) => house.settle()));
    await Promise.all(houses.map((house) => house.advance(MINUTE)));
  }
  const told = (sink.bodies as { data: { alerts: { labels: { instance: string } }[] } }[])
    .flatMap(({ data }) => data.alerts.map(({ labels }) => labels.instance));
  equal(told.length, 60);
  equal(new Set(told).size, 60);
  for (const house of houses) equal(house.reports, []);
  await close(houses, kv);
});

Deno.test("the lane of an instance that died is taken over after its lease, and its alert arrives", async () => {
  await using sink = await startSink();
  const kv = await Deno.openKv(":memory:");
  const yaml =
    `groups: [{ owner: default, level: default, destinations: [{ channel: webhook, config: { url: "${sink.url}" } }] }]`;
  const [living] = await instances({ kv, yaml, skews: [0] }) as [TestRelay];
  const lane = living.relay.config.groups.get("default/default")!.destinations[0]!.lane;
  const now = living.clock.now();
  const { outbox } = living.relay.store;
  const claimed = await outbox.claim(lane, { owner: "one that died", now, until: now + 45_000 });
  if ("lane" in claimed) await outbox.renew(claimed.lane, { until: now + 45_000 });
  await living.accept({});
  await living.advance(45_000 + 4_999);
  equal(sink.bodies.length, 0, "not before the lease and the clocks' skew are over");
  await living.advance(1);
  equal(sink.bodies.length, 1);
  await close([living], kv);
});

Deno.test("a courier that lost its lane writes nothing", async () => {
  const kv = await Deno.openKv(":memory:");
  const [house] = await instances({ kv, skews: [0] }) as [TestRelay];
  const { outbox } = house.relay.store;
  const now = house.clock.now();
  const lost = await outbox.claim("lane", { owner: "a", now, until: now + 1 });
  const taken = await outbox.claim("lane", { owner: "b", now: now + 10_000, until: now + 50_000 });
  ok("lane" in lost && "lane" in taken);
  const held = await outbox.renew(taken.lane, { until: now + 50_000 });
  ok(typeof held === "object");
  const delivery = {
    id: "01KG9EGN000000000000000000-000-0",
    alert: "01KG9EGN000000000000000000-000",
    fingerprint: "f",
    group: "g",
    destination: "d",
    reason: "first",
    severity: "warning",
    state: "delivered",
    because: "ok",
    at: now,
    attempts: [],
  } as const;
  const write = { now, until: now + 99_000 };
  equal(await outbox.settle(lost.lane, { done: [delivery] }, write), "lost");
  equal(await outbox.renew(lost.lane, write), "lost");
  equal(await house.relay.store.deliveries.of(delivery.alert), []);
  ok(typeof await outbox.settle(held, { done: [delivery] }, write) === "object");
  await close([house], kv);
});

Deno.test("a bell that rings between the look at the queue and the give-up keeps the lane", async () => {
  const kv = await Deno.openKv(":memory:");
  for (const exclusive of [true, false]) {
    await using house = await testRelay({ kv, exclusive });
    const { outbox } = house.relay.store;
    const now = house.clock.now();
    const claimed = await outbox.claim("lane", { owner: "a", now, until: now + 45_000 });
    ok("lane" in claimed);
    const lane = await outbox.renew(claimed.lane, { until: now + 45_000 });
    ok(typeof lane === "object");
    await kv.set(["bell", "lane"], true);
    const bell = await outbox.bell("lane");
    await kv.set(["bell", "lane"], true);
    equal(await outbox.leave(lane, bell, now), "rang");
    equal(await outbox.lanes(), ["lane"]);
    ok(typeof await outbox.leave(lane, await outbox.bell("lane"), now) === "object");
    equal(await outbox.lanes(), []);
  }
  kv.close();
});
