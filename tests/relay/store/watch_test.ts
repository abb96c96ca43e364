import { deepStrictEqual as equal } from "node:assert/strict";
import { Database } from "../../../relay/store/database.ts";
import { Watch } from "../../../relay/store/watch.ts";
import { TestClock } from "../../kit/clock.ts";
import { eventually } from "../../kit/eventually.ts";

const KEY = ["tick", "a"];

/** A watch of one key, its notices, and the number of watch requests to the database. */
async function scene(
  { silent = false } = {},
): Promise<
  { kv: Deno.Kv; clock: TestClock; watch: Watch; noticed: unknown[]; opened: () => number } & AsyncDisposable
> {
  const kv = await Deno.openKv(":memory:");
  const clock = new TestClock();
  let opened = 0;
  const counted = new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (name === "watch") {
        return (keys: Deno.KvKey[]) => {
          opened++;
          return silent ? new ReadableStream() : target.watch(keys);
        };
      }
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const watch = new Watch(new Database(counted, { deadline: 5_000 }).of("the changes"));
  const noticed: unknown[] = [];
  watch.on(KEY, ({ value }) => noticed.push(value));
  return {
    kv,
    clock,
    watch,
    noticed,
    opened: () => opened,
    async [Symbol.asyncDispose](): Promise<void> {
      await watch.stop();
      try {
        kv.close();
      } catch {
        // A test has closed it.
      }
    },
  };
}

Deno.test("what another instance sets is noticed without asking, and a version is noticed once", async () => {
  await using world = await scene();
  const { kv, clock, watch, noticed } = world;
  watch.start(clock);
  await eventually("the first version", () => noticed.length === 1);
  await kv.set(KEY, "one");
  await eventually("the change", () => noticed.length === 2);
  await Promise.all([watch.look(), watch.look()]);
  await kv.set(["tick", "other"], "not watched");
  await kv.set(KEY, "two");
  await eventually("the next change", () => noticed.length === 3);
  equal(noticed, [null, "one", "two"]);
});

Deno.test("a watch that says nothing is opened again once a look has found what it missed", async () => {
  await using world = await scene({ silent: true });
  const { kv, clock, watch, noticed, opened } = world;
  watch.start(clock);
  await watch.look();
  await kv.set(KEY, "missed");
  equal([noticed, opened()], [[null], 1]);
  await watch.look();
  equal(noticed, [null, "missed"]);
  await eventually("its end", () => clock.next !== undefined, { every: 1 });
  clock.advance(1_000);
  equal(opened(), 2);
});

Deno.test("an older version that is read late is not taken for a change", async () => {
  await using world = await scene();
  const { kv, watch, noticed } = world;
  await kv.set(KEY, "one");
  const old = await kv.get(KEY);
  await kv.set(KEY, "two");
  await watch.look();
  watch.notice([old]);
  equal(noticed, ["two"]);
});

Deno.test("a watch whose database was closed ends, and is opened again until it is stopped", async () => {
  await using world = await scene();
  const { kv, clock, watch, noticed, opened } = world;
  watch.start(clock);
  await eventually("the first version", () => noticed.length === 1);
  kv.close();
  await eventually("its end", () => clock.next !== undefined, { every: 1 });
  clock.advance(1_000);
  await eventually("the next try", () => opened() === 2 && clock.next !== undefined, { every: 1 });
  await watch.stop();
  equal(clock.next, undefined);
});
