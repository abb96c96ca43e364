import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { QueuePages } from "../../../relay/intake/queue_pages.ts";
import { encode } from "../../../relay/base/codec.ts";
import type { Queued } from "../../../relay/domain/record.ts";
import { entriesIn, HeldQueue } from "../../../relay/store/held_queue.ts";
import { queueKey } from "../../../relay/store/keys.ts";

const PAGE = "01KG9H1S00GFWQ7SF9CTN1097E";

function entry(number: number, destination = "g/1/d"): Queued {
  const alert = `${PAGE}-${String(number).padStart(3, "0")}`;
  const [group, reason, severity] = ["g/1", "first", "warning"] as const;
  return {
    id: `${alert}-0`,
    alert,
    fingerprint: "f".repeat(32),
    group,
    destination,
    reason,
    severity,
    folded: 0,
    payload: "p-1",
    at: 1,
  };
}

async function contents(kv: Deno.Kv, lane = "lane"): Promise<Queued[]> {
  return (await Array.fromAsync(kv.list({ prefix: queueKey(lane) }))).flatMap(({ value }) =>
    entriesIn(value)
  );
}

/** Store the queue of a commit, and read it as the lane's holder does. */
async function hold(kv: Deno.Kv, entries: readonly Queued[]): Promise<HeldQueue> {
  const pages = new QueuePages();
  for (const entry of entries) pages.add("lane", entry, PAGE);
  for (const { lane, id, bytes } of pages.finish()) await kv.set(["queue", lane, id], bytes);
  const queue = new HeldQueue("lane");
  await read(kv, queue);
  return queue;
}

async function read(kv: Deno.Kv, queue: HeldQueue): Promise<string[]> {
  const ids: string[] = [];
  queue.begin();
  for await (const { key, value } of kv.list({ prefix: queueKey("lane") })) {
    for (const { id } of queue.read(key[2] as string, value)) ids.push(id);
  }
  queue.finish({ atEnd: true });
  return ids;
}

Deno.test("what one commit puts into a lane is one value, and several when it is too large for one", async () => {
  using kv = await Deno.openKv(":memory:");
  const few = new QueuePages();
  for (let number = 0; number < 20; number++) few.add("a", entry(number), PAGE);
  for (let number = 0; number < 20; number++) few.add("b", entry(number), PAGE);
  equal(few.size, 2);
  const many = new QueuePages();
  const long = "g/1/" + "机".repeat(20);
  for (let number = 0; number < 900; number++) many.add("lane", entry(number, long), PAGE);
  ok(many.size > 3);
  for (const { lane, id, bytes } of many.finish()) {
    ok(bytes.byteLength < 64_000, `${bytes.byteLength} bytes`);
    await kv.set(["queue", lane, id], bytes);
  }
  equal(
    (await contents(kv)).map(({ id }) => id),
    Array.from({ length: 900 }, (_, number) => entry(number).id),
  );
});

Deno.test("a delivery leaves its page, another one changes in it, and the last one takes the page with it", async () => {
  using kv = await Deno.openKv(":memory:");
  const queue = await hold(kv, [entry(0), entry(1), entry(2)]);
  const write = async (change: { gone?: string[]; updated?: Queued[] }): Promise<void> => {
    const atomic = kv.atomic();
    const landed = queue.write(atomic, { gone: [], updated: [], ...change });
    await atomic.commit();
    landed();
  };
  await write({ gone: [entry(1).id], updated: [{ ...entry(2), tries: 1, due: 9 }] });
  equal(await contents(kv), [entry(0), { ...entry(2), tries: 1, due: 9 }]);
  await write({ gone: [entry(0).id] });
  equal(await contents(kv), [{ ...entry(2), tries: 1, due: 9 }]);
  await write({ gone: [entry(2).id] });
  equal(await contents(kv), []);
});

Deno.test("a commit that did not land changes nothing of what the holder knows", async () => {
  using kv = await Deno.openKv(":memory:");
  const queue = await hold(kv, [entry(0), entry(1)]);
  queue.write(kv.atomic(), { gone: [entry(0).id], updated: [] }); // never committed
  const atomic = kv.atomic();
  queue.write(atomic, { gone: [entry(1).id], updated: [] })();
  await atomic.commit();
  equal(await contents(kv), [entry(0)]);
});

Deno.test("a reading that is older than what was written does not bring back what is gone", async () => {
  using kv = await Deno.openKv(":memory:");
  const queue = await hold(kv, [entry(0), entry(1), entry(2)]);
  const [stale] = await Array.fromAsync(kv.list({ prefix: queueKey("lane") }));
  const first = kv.atomic();
  const landed = queue.write(first, { gone: [entry(0).id], updated: [] });
  await first.commit();
  landed();
  equal([...queue.read(stale!.key[2] as string, stale!.value)].map(({ id }) => id), [
    entry(1).id,
    entry(2).id,
  ]);
  const second = kv.atomic();
  queue.write(second, { gone: [entry(1).id], updated: [] });
  await second.commit();
  equal(await contents(kv), [entry(2)]);
});

Deno.test("nothing of what is gone stays in memory, also when an older reading or a single delivery brought it", async () => {
  using kv = await Deno.openKv(":memory:");
  const queue = await hold(kv, [entry(0), entry(1)]);
  await kv.set(["queue", "lane", entry(2).id], encode(entry(2)));
  await kv.set(["queue", "lane", entry(3).id], encode(entry(3)));
  const stale = await Array.fromAsync(kv.list({ prefix: queueKey("lane") }));
  queue.begin();
  for (const { key, value } of stale) queue.read(key[2] as string, value);
  equal(queue.size, 4);
  const atomic = kv.atomic();
  const landed = queue.write(atomic, { gone: [entry(0).id, entry(1).id, entry(2).id], updated: [] });
  await atomic.commit();
  landed();
  for (const { key, value } of stale) queue.read(key[2] as string, value);
  queue.finish({ atEnd: true });
  const [first] = await Array.fromAsync(kv.list({ prefix: queueKey("lane") }));
  equal(queue.size, 1);
  equal([...queue.read(first!.key[2] as string, first!.value)], [entry(3)]);
});

Deno.test("whatever is settled, kept and read again, the queue holds exactly what is left", async () => {
  const step = fc.record({
    gone: fc.uniqueArray(fc.nat(29), { maxLength: 6 }),
    kept: fc.uniqueArray(fc.nat(29), { maxLength: 6 }),
    lands: fc.boolean(),
    rereads: fc.boolean(),
    single: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      using kv = await Deno.openKv(":memory:");
      const left = new Map(Array.from({ length: 30 }, (_, number) => [number, entry(number)]));
      const queue = await hold(kv, [...left.values()]);
      let singles = 100;
      for (const { gone, kept, lands, rereads, single } of steps) {
        if (single) {
          left.set(singles, entry(singles));
          await kv.set(
            ["queue", "lane", entry(singles).id],
            new TextEncoder().encode(JSON.stringify(entry(singles))),
          );
          singles++;
        }
        if (rereads || single) await read(kv, queue);
        const away = [...gone, singles - 1].filter((number) => left.has(number));
        const stay = kept.filter((number) => left.has(number) && !away.includes(number));
        const changed = stay.map((number) => ({
          ...left.get(number)!,
          tries: (left.get(number)!.tries ?? 0) + 1,
        }));
        const atomic = kv.atomic();
        const landed = queue.write(atomic, {
          gone: away.map((number) => entry(number).id),
          updated: changed,
        });
        if (!lands) continue;
        await atomic.commit();
        landed();
        for (const number of away) left.delete(number);
        for (const [index, number] of stay.entries()) left.set(number, changed[index]!);
      }
      const byId = (a: Queued, b: Queued): number => a.id < b.id ? -1 : 1;
      equal((await contents(kv)).toSorted(byId), [...left.values()].toSorted(byId));
    }),
    { numRuns: 60 },
  );
});

Deno.test("who hears of all that is added knows the whole queue once it was read to its end, in its order", async () => {
  const step = fc.record({
    does: fc.constantFrom("adds a page", "adds an early one", "settles", "reads", "reads the head", "doubts"),
    number: fc.nat(99),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      using kv = await Deno.openKv(":memory:");
      const queue = new HeldQueue("lane", { alone: true });
      const add = async (id: string, value: Uint8Array): Promise<void> => {
        await kv.set(["queue", "lane", id], value);
        queue.added(id, entriesIn(value));
      };
      let pages = 0;
      for (const { does, number } of steps) {
        if (does === "adds a page") {
          const page = `${PAGE.slice(0, -2)}${String(++pages).padStart(2, "0")}`;
          const built = new QueuePages();
          for (const place of [0, 1, 2]) {
            const alert = `${page}-00${place}`;
            built.add("lane", { ...entry(0), alert, id: `${alert}-0` }, page);
          }
          for (const { id, bytes } of built.finish()) await add(id, bytes);
        } else if (does === "adds an early one") {
          const id = `${PAGE.slice(0, -2)}00-${String(number).padStart(3, "0")}-0`;
          await add(id, new TextEncoder().encode(JSON.stringify({ ...entry(0), id, tries: number })));
        } else if (does === "settles") {
          const waiting = [...queue.entries()];
          const gone = waiting.filter((_, index) => index % 3 === number % 3).map(({ id }) => id);
          const updated = waiting.filter(({ id }) => !gone.includes(id)).slice(0, 2)
            .map((one) => ({ ...one, tries: (one.tries ?? 0) + 1 }));
          const atomic = kv.atomic();
          const landed = queue.write(atomic, { gone, updated });
          await atomic.commit();
          landed();
        } else if (does === "doubts") {
          queue.doubt();
          equal(queue.isWhole, false);
        } else {
          queue.begin();
          let left = does === "reads" ? Infinity : 1;
          for await (const { key, value } of kv.list({ prefix: queueKey("lane") })) {
            if (left-- === 0) break;
            queue.read(key[2] as string, value);
          }
          queue.finish({ atEnd: left >= 0 });
          if (does === "reads") ok(queue.isWhole);
        }
        if (queue.isWhole) equal([...queue.entries()], await contents(kv));
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("what was settled while the queue was being read does not come back with the reading", async () => {
  using kv = await Deno.openKv(":memory:");
  const queue = new HeldQueue("lane", { alone: true });
  const value = new TextEncoder().encode(JSON.stringify([entry(0)]));
  await kv.set(["queue", "lane", PAGE], value);
  queue.begin();
  queue.read(PAGE, value);
  const atomic = kv.atomic();
  const landed = queue.write(atomic, { gone: [entry(0).id], updated: [] });
  await atomic.commit();
  landed();
  equal([...queue.read(PAGE, value)], []);
  queue.finish({ atEnd: true });
  equal([queue.isWhole, [...queue.entries()]], [true, []]);
});

Deno.test("what there is no room for in memory is read when its turn comes", () => {
  const queue = new HeldQueue("lane", { alone: true });
  queue.begin();
  queue.finish({ atEnd: true });
  for (let number = 0; queue.isWhole; number++) {
    const id = `${PAGE}.${String(number).padStart(6, "0")}`;
    const entries = Array.from({ length: 100 }, (_, index) => ({ ...entry(index), id: `${id}-${index}` }));
    queue.added(id, entries);
    ok(number < 100);
  }
  equal([...queue.entries()].length, 2_000);
});
