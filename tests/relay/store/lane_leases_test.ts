/** The right to write to a lane, and the outcome of an unanswered write. */
import { deepStrictEqual as equal, ok, rejects } from "node:assert/strict";
import { Bells } from "../../../relay/store/bells.ts";
import { DeliveryRecords } from "../../../relay/store/delivery_records.ts";
import { Database } from "../../../relay/store/database.ts";
import { laneKey } from "../../../relay/store/keys.ts";
import { type Lane, type LaneLeases, NoLeases, SharedLeases } from "../../../relay/store/lane_leases.ts";
import { LaneQueues } from "../../../relay/store/lane_queues.ts";
import { CLOCK_SKEW } from "../../../relay/store/lane_record.ts";
import { type ClaimedLane, Outbox } from "../../../relay/store/outbox.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import { Watch } from "../../../relay/store/watch.ts";
import { DAY } from "../../../relay/base/duration.ts";
import { type CommitFault, faultyKv } from "../../kit/faulty_kv.ts";

const CLAIM = { owner: "a", now: 1, until: 50_000 };
const WRITE = { now: 2, until: 60_000 };

const ALERT = "01KG9EGN000000000000000000-000";

const ENTRY = {
  id: `${ALERT}-0`,
  alert: ALERT,
  fingerprint: "f",
  group: "g/1",
  destination: "g/1/d",
  reason: "first",
  severity: "info",
  folded: 0,
  payload: "p",
  at: 1,
} as const;

const DELIVERED = { ...ENTRY, state: "delivered", because: "ok", attempts: [] } as const;

interface Scene extends Disposable {
  readonly kv: Deno.Kv;
  readonly outbox: Outbox;
  readonly queues: LaneQueues;
  readonly deliveries: DeliveryRecords;
  /** The number of reads of the lane's record. */
  reads(): number;
  /** The faults of the next commits. */
  faults: (CommitFault | undefined)[];
  /** Let the late ones land. */
  landLate(): Promise<number>;
  /** The lane's record as it is stored. */
  stored(): Promise<Record<string, unknown> | undefined>;
}

/** An outbox on a database whose commits fail as a test chooses. */
async function scene(make: (database: Database) => LaneLeases): Promise<Scene> {
  const kv = await Deno.openKv(":memory:");
  const faulty = faultyKv(kv);
  let reads = 0;
  const watched = new Proxy(faulty.kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (name === "get" || name === "getMany") {
        return (keys: Deno.KvKey | Deno.KvKey[]) => {
          if (JSON.stringify(keys).includes('["lane",')) reads++;
          return (value as (keys: unknown) => unknown)(keys);
        };
      }
      return value;
    },
  });
  const opened = new Database(watched, { deadline: 5_000 });
  const leases = make(opened);
  const isShared = leases instanceof SharedLeases;
  const bells = new Bells(opened, isShared ? new Watch(opened.of("the changes")) : undefined);
  const queues = new LaneQueues(opened, { isShared, bells });
  const one: Scene = {
    kv,
    outbox: new Outbox(opened, { queues, leases, bells, retention: { alerts: DAY, dead: DAY } }),
    queues,
    deliveries: new DeliveryRecords(opened),
    reads: () => reads,
    faults: [],
    landLate: () => faulty.landLate(),
    stored: async () => {
      const { value } = await kv.get<Uint8Array>(laneKey("lane"));
      return value === null ? undefined : JSON.parse(new TextDecoder().decode(value));
    },
    [Symbol.dispose]: () => kv.close(),
  };
  faulty.onCommit = () => one.faults.shift();
  return one;
}

const local = (database: Database): LaneLeases => new NoLeases(database.of("a lane"));
const shared = (database: Database): LaneLeases => new SharedLeases(database.of("a lane"));

async function claimed(outbox: Outbox, claim = CLAIM): Promise<ClaimedLane> {
  const lane = await outbox.claim("lane", claim);
  if ("heldUntil" in lane) throw new Error("the lane is held");
  return lane;
}

/** The lane with a delivery in its queue, which was read. */
async function withDelivery({ outbox, queues }: Scene): Promise<ClaimedLane> {
  await queues.enqueue("lane", ENTRY);
  const claim = await claimed(outbox);
  await queues.head("lane", () => false);
  return claim;
}

for (
  const [what, make, more] of [
    ["on a local file a lane is read once, and then known", local, 0],
    ["on a shared database a lane is read each time: another instance may have written it", shared, 2],
  ] as const
) {
  Deno.test(what, async () => {
    using house = await scene(make);
    const { outbox } = house;
    const { lane } = await claimed(outbox);
    await outbox.settle(lane, { state: { failures: 3 } }, WRITE);
    const before = house.reads();
    equal((await outbox.record("lane"))?.failures, 3);
    equal((await claimed(outbox)).lane.record.failures, 3);
    equal(house.reads() - before, more);
  });
}

Deno.test("a lane whose record was not written is read again, and so is one that was left", async () => {
  using house = await scene(local);
  const { outbox, queues } = house;
  const { lane } = await claimed(outbox);
  await outbox.settle(lane, { state: { failures: 3 } }, WRITE);
  house.faults = ["is lost"];
  await rejects(outbox.settle(lane, { state: { failures: 4 } }, WRITE), StoreError);
  equal((await outbox.record("lane"))?.failures, 3, "as it is stored");
  equal(house.reads(), 2);
  const { lane: held } = await claimed(outbox);
  const done = await outbox.settle(held, { state: { failures: 0 } }, WRITE);
  await queues.enqueue("lane", ENTRY);
  ok(done !== "lost");
  equal((await outbox.leave(done, await outbox.bell("lane"), 2) as Lane).lease, "left");
  equal(await outbox.record("lane"), undefined, "a lane of which there is nothing to say has no record");
});

Deno.test("a look at a lane writes nothing: the first write takes the lease", async () => {
  using house = await scene(shared);
  const { outbox } = house;
  const { lane } = await withDelivery(house);
  equal([await house.stored(), outbox.holds(lane, 3)], [undefined, false]);
  const held = await outbox.renew(lane, WRITE) as Lane;
  equal([(await house.stored())?.owner, outbox.holds(held, 3)], ["a", true]);
  const other = { owner: "b", now: 3, until: 9 };
  equal(await outbox.claim("lane", other), { heldUntil: WRITE.until + CLOCK_SKEW });
});

Deno.test("of two that look at a lane at the same time, the second to write has lost it", async () => {
  using house = await scene(shared);
  const { outbox } = house;
  const [{ lane: one }, { lane: two }] = [
    await claimed(outbox),
    await claimed(outbox, { ...CLAIM, owner: "b" }),
  ];
  equal((await outbox.renew(one, WRITE) as Lane).lease, "held");
  equal(await outbox.renew(two, WRITE), "lost");
  equal((await house.stored())?.owner, "a");
});

for (const [store, make] of [["local", local], ["shared", shared]] as const) {
  Deno.test(`on a ${store} store the last result leaves the lane in the same commit`, async () => {
    using house = await scene(make);
    const { outbox, deliveries } = house;
    const { lane, bell } = await withDelivery(house);
    const left = await outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, bell });
    equal((left as Lane).lease, "left");
    equal([await outbox.lanes(), (await house.stored())?.owner], [[], undefined]);
    equal((await deliveries.of(ALERT)).length, 1);
  });

  Deno.test(`on a ${store} store a bell that has rung keeps the lane, and the result is written`, async () => {
    using house = await scene(make);
    const { outbox, deliveries } = house;
    const { lane, bell } = await withDelivery(house);
    await house.kv.set(["bell", "lane"], true); // by another instance, or by a commit that is being answered
    const held = await outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, bell });
    equal((held as Lane).lease, "held");
    equal([await outbox.lanes(), (await deliveries.of(ALERT)).length], [["lane"], 1]);
  });

  Deno.test(`on a ${store} store a lane is not left while a delivery waits in it`, async () => {
    using house = await scene(make);
    const { outbox, queues } = house;
    await queues.enqueue("lane", { ...ENTRY, id: `${ALERT}-1` });
    const { lane, bell } = await withDelivery(house);
    const held = await outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, bell });
    equal([(held as Lane).lease, await outbox.lanes()], ["held", ["lane"]]);
  });
}

for (const fault of ["lands, says no", "lands, says nothing"] as const) {
  Deno.test(`a lane that was left in a commit that ${fault} is known to be left`, async () => {
    using house = await scene(shared);
    const { outbox } = house;
    const { lane, bell } = await withDelivery(house);
    house.faults = [fault];
    const left = await outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, bell });
    equal([(left as Lane).lease, await outbox.lanes()], ["left", []]);
  });
}

Deno.test("a result whose commit is lost is in doubt: it is written again, and cannot land twice", async () => {
  using house = await scene(shared);
  const { outbox } = house;
  const { lane, bell } = await withDelivery(house);
  house.faults = ["lands late"];
  await rejects(outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, bell }), StoreError);
  equal((await outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, bell }) as Lane).lease, "left");
  equal(await house.landLate(), 0);
});

Deno.test("a renewal that lands without an answer does not cost the lane; a result that does, costs it", async () => {
  for (const [mayFollow, outcome] of [[true, "held"], [false, "lost"]] as const) {
    using house = await scene(shared);
    const { outbox } = house;
    const { lane } = await withDelivery(house);
    house.faults = ["lands late"];
    await rejects(outbox.renew(lane, WRITE), StoreError);
    equal(await house.landLate(), 1);
    const after = await outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, mayFollow });
    equal(after === "lost" ? after : after.lease, outcome);
  }
});

Deno.test("whatever becomes of the commits of results, each is counted once", async () => {
  for (const fault of ["lands, says no", "lands, says nothing", "is lost", "lands late"] as const) {
    using house = await scene(shared);
    const { outbox, queues } = house;
    // One has been counted before.
    const { lane: first } = await withDelivery(house);
    await outbox.settle(first, { done: [DELIVERED] }, WRITE);
    await queues.enqueue("lane", ENTRY);
    for (let tries = 0; tries < 3; tries++) {
      house.faults = tries === 0 ? [fault] : [];
      const { lane, bell } = await claimed(outbox);
      const waits = (await queues.waiting("lane", ALERT)).length > 0;
      if (waits) await outbox.settle(lane, { done: [DELIVERED] }, { ...WRITE, bell }).catch(() => {});
      await house.landLate();
    }
    // The next result is counted in addition to those that may have landed.
    const next = { ...DELIVERED, id: `${ALERT}-1` };
    await queues.enqueue("lane", { ...ENTRY, id: next.id });
    await outbox.settle((await claimed(outbox)).lane, { done: [next] }, WRITE);
    const cells = await Array.fromAsync(house.kv.list<Uint8Array>({ prefix: ["done"] }));
    const counts = cells.map(({ value }) => JSON.parse(new TextDecoder().decode(value)).delivered);
    equal(counts.reduce((sum, count) => sum + count, 0), 3, fault);
  }
});
