/** A queue that takes several reads, to which other instances add meanwhile. */
import { deepStrictEqual as equal } from "node:assert/strict";
import { Bells } from "../../../relay/store/bells.ts";
import { Database } from "../../../relay/store/database.ts";
import { SharedLeases } from "../../../relay/store/lane_leases.ts";
import { LaneQueues } from "../../../relay/store/lane_queues.ts";
import { Outbox } from "../../../relay/store/outbox.ts";
import { Watch } from "../../../relay/store/watch.ts";
import { DAY } from "../../../relay/base/duration.ts";
import type { Queued } from "../../../relay/domain/record.ts";

/** More pages than one read brings. */
const LONG = 40;

const ALERT = "01KG9EGN00000000000000";

/** A delivery whose position in the queue is its number. */
function entry(number: number): Queued {
  const alert = `${ALERT}${String(number).padStart(4, "0")}-000`;
  const [group, destination] = ["g/1", "g/1/d"];
  const rest = {
    group,
    destination,
    reason: "first",
    severity: "info",
    folded: 0,
    payload: "p",
    at: 1,
  } as const;
  return { id: `${alert}-0`, alert, fingerprint: "f", ...rest };
}

interface Lanes {
  readonly outbox: Outbox;
  readonly queues: LaneQueues;
}

/** The lanes and queues of one instance; `meanwhile` happens between its first and its second read of a queue. */
function lanesOn(kv: Deno.Kv, meanwhile: () => Promise<void> = async () => {}): Lanes {
  let reads = 0;
  const interrupted = new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (name !== "list") return typeof value === "function" ? value.bind(target) : value;
      return (...args: Parameters<Deno.Kv["list"]>) => {
        const list = target.list(...args);
        const isSecond = ++reads === 2;
        return {
          get cursor(): string {
            return list.cursor;
          },
          async *[Symbol.asyncIterator](): AsyncGenerator<Deno.KvEntry<unknown>> {
            if (isSecond) await meanwhile();
            yield* list;
          },
        };
      };
    },
  });
  const database = new Database(interrupted, { deadline: 5_000 });
  const bells = new Bells(database, new Watch(database.of("the changes")));
  const queues = new LaneQueues(database, { isShared: true, bells });
  const leases = new SharedLeases(database.of("a lane"));
  const outbox = new Outbox(database, { queues, leases, bells, retention: { alerts: DAY, dead: DAY } });
  return { outbox, queues };
}

async function read({ queues }: Lanes, upTo: string): Promise<number[]> {
  const numbers: number[] = [];
  await queues.head("lane", ({ alert }) => {
    numbers.push(Number(alert.slice(ALERT.length, ALERT.length + 4)));
    return false;
  }, upTo);
  return numbers;
}

Deno.test("what is added while a long queue is read is left to the next look, which sees all of it in its order", async () => {
  using kv = await Deno.openKv(":memory:");
  const other = lanesOn(kv);
  for (let number = 1; number <= LONG; number++) await other.queues.enqueue("lane", entry(10 * number));
  const lanes = lanesOn(kv, async () => {
    // By a clock that is behind: the reading has passed this place. Then its successor, at the end.
    await other.queues.enqueue("lane", entry(15));
    await other.queues.enqueue("lane", entry(999));
  });
  const claimed = await lanes.outbox.claim("lane", { owner: "a", now: 1, until: 9 });
  if ("heldUntil" in claimed) throw new Error("the lane is held");
  const all = Array.from({ length: LONG }, (_, index) => 10 * (index + 1));
  equal(await read(lanes, claimed.bell.versionstamp!), all);
  equal(lanes.queues.isLong("lane"), true);
  equal(
    await read(lanes, (await lanes.outbox.bell("lane")).versionstamp!),
    [...all, 15, 999].sort((a, b) => a - b),
  );
});

Deno.test("what an earlier holder changed in a long queue is not taken for an addition", async () => {
  using kv = await Deno.openKv(":memory:");
  const before = lanesOn(kv);
  for (let number = 1; number <= LONG; number++) await before.queues.enqueue("lane", entry(number));
  const first = await before.outbox.claim("lane", { owner: "a", now: 1, until: 9 });
  if ("heldUntil" in first) throw new Error("the lane is held");
  const last = { ...entry(LONG), tries: 1, due: 5 };
  const delivery = { ...last, state: "pending", because: "busy", attempts: [] } as const;
  const held = await before.outbox.settle(first.lane, { waiting: [{ entry: last, delivery }] }, {
    now: 1,
    until: 9,
  });
  if (held === "lost") throw new Error("the lane is lost");
  await before.outbox.release(held);
  const lanes = lanesOn(kv);
  const next = await lanes.outbox.claim("lane", { owner: "b", now: 2, until: 9 });
  if ("heldUntil" in next) throw new Error("the lane is held");
  equal((await read(lanes, next.lane.versionstamp!)).length, LONG);
});

Deno.test("a result that adds a delivery to its own lane keeps the lane's bell", async () => {
  using kv = await Deno.openKv(":memory:");
  const lanes = lanesOn(kv);
  await lanes.queues.enqueue("lane", entry(1));
  const claimed = await lanes.outbox.claim("lane", { owner: "a", now: 1, until: 9 });
  if ("heldUntil" in claimed) throw new Error("the lane is held");
  equal(await read(lanes, claimed.bell.versionstamp!), [1]);
  const done = { ...entry(1), state: "dead", because: "gone", attempts: [], endedAt: 1 } as const;
  const created = [{ entry: entry(2), lane: "lane" }];
  const after = await lanes.outbox.settle(claimed.lane, { done: [done], created }, {
    now: 1,
    until: 9,
    bell: claimed.bell,
  });
  equal(after !== "lost" && after.lease, "held");
  equal(await lanesOn(kv).outbox.lanes(), ["lane"]);
});

Deno.test("what a courier has read and settled before its addition is announced does not come back", async () => {
  using kv = await Deno.openKv(":memory:");
  const database = new Database(kv, { deadline: 5_000 });
  const queues = new LaneQueues(database, {
    isShared: false,
    bells: new Bells(database, undefined),
  });
  const read = async (): Promise<string[]> => {
    const ids: string[] = [];
    await queues.head("l", ({ id }) => {
      ids.push(id);
      return false;
    });
    return ids;
  };
  const view = database.of("the test");
  const added = view.atomic();
  const announce = queues.add(added, [{ lane: "l", entry: entry(1) }, { lane: "l", entry: entry(2) }]);
  await view.commit(added);
  equal(await read(), [entry(1).id, entry(2).id]);
  const settled = view.atomic();
  const landed = queues.of("l").write(settled, { gone: [entry(1).id], updated: [] });
  await view.commit(settled);
  landed();
  announce();
  equal(await read(), [entry(2).id]);
});
