/** On a local file nobody else writes a lane, so it is not read again. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { Bells } from "../../../relay/store/bells.ts";
import { Database } from "../../../relay/store/database.ts";
import { type LaneLeases, NoLeases, SharedLeases } from "../../../relay/store/lane_leases.ts";
import { Outbox } from "../../../relay/store/outbox.ts";
import { StoreError } from "../../../relay/store/errors.ts";
import { DAY } from "../../../relay/base/duration.ts";

const CLAIM = { owner: "a", now: 1, until: 50_000 };

/** An outbox, how often it has read a lane's record, and a database whose commits fail while `fails`. */
async function scene(
  make: (database: Database) => LaneLeases,
): Promise<{ outbox: Outbox; reads: () => number; database: { fails: boolean } } & Disposable> {
  const kv = await Deno.openKv(":memory:");
  const database = { fails: false };
  let reads = 0;
  const watched = new Proxy(kv, {
    get(target, name): unknown {
      if (name === "get") {
        return (key: Deno.KvKey) => {
          if (key[0] === "lane") reads++;
          return target.get(key);
        };
      }
      if (name === "atomic") {
        return () => {
          const atomic = target.atomic();
          if (database.fails) atomic.commit = () => Promise.reject(new Error("disk full"));
          return atomic;
        };
      }
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const opened = new Database(watched, { deadline: 5_000 });
  const leases = make(opened);
  const isShared = leases instanceof SharedLeases;
  return {
    outbox: new Outbox(opened, {
      isShared,
      leases,
      bells: new Bells(opened, { isShared }),
      retention: { alerts: DAY, dead: DAY },
    }),
    reads: () => reads,
    database,
    [Symbol.dispose]: () => kv.close(),
  };
}

const local = (database: Database): LaneLeases => new NoLeases(database.of("a lane"));
const shared = (database: Database): LaneLeases => new SharedLeases(database.of("a lane"));

for (
  const [what, make, more] of [
    ["on a local file a lane is read once, and then known", local, 0],
    ["on a shared database a lane is read each time: another instance may have written it", shared, 2],
  ] as const
) {
  Deno.test(what, async () => {
    using house = await scene(make);
    const { outbox } = house;
    const lane = await outbox.claim("lane", CLAIM);
    if ("heldUntil" in lane) throw new Error("the lane is held");
    await outbox.settle(lane, { state: { failures: 3 } });
    const before = house.reads();
    equal((await outbox.record("lane"))?.failures, 3);
    const again = await outbox.claim("lane", CLAIM);
    equal("record" in again && again.record.failures, 3);
    equal(house.reads() - before, more);
  });
}

Deno.test("a lane whose record was not written is read again, and so is one that was given up", async () => {
  using house = await scene(local);
  const { outbox, database } = house;
  const lane = await outbox.claim("lane", CLAIM);
  if ("heldUntil" in lane) throw new Error("the lane is held");
  await outbox.settle(lane, { state: { failures: 3 } });
  database.fails = true;
  await rejects(outbox.settle(lane, { state: { failures: 4 } }), StoreError);
  database.fails = false;
  equal((await outbox.record("lane"))?.failures, 3, "as it is stored");
  equal(house.reads(), 2);
  const held = await outbox.claim("lane", CLAIM);
  if ("heldUntil" in held) throw new Error("the lane is held");
  const done = await outbox.settle(held, { state: { failures: 0 } });
  await outbox.enqueue("lane", {
    id: "x",
    alert: "x",
    fingerprint: "f",
    group: "g/1",
    destination: "g/1/d",
    reason: "first",
    severity: "info",
    folded: 0,
    payload: "p",
    at: 1,
  });
  equal(await outbox.giveUp(done!, await outbox.bell("lane"), { now: 2 }), true);
  equal(await outbox.record("lane"), undefined, "a lane of which there is nothing to say has no record");
});
