import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { Fresh } from "../../../../relay/query/overview/fresh.ts";
import { TestClock } from "../../../kit/clock.ts";

/** A value that counts its computations. */
function counting(work: (count: number) => Promise<number> = (count) => Promise.resolve(count)): {
  clock: TestClock;
  fresh: Fresh<number>;
  change: () => void;
} {
  const clock = new TestClock();
  let changes = 0;
  let count = 0;
  const fresh = new Fresh(() => work(++count), { clock, changes: () => changes });
  return { clock, fresh, change: () => void changes++ };
}

Deno.test("a value serves for a second, and no longer than nothing changes", async () => {
  const { clock, fresh, change } = counting();
  const value = async (): Promise<number> => (await fresh.get()).value;
  equal([await value(), await value()], [1, 1]);
  change();
  equal(await value(), 2);
  clock.advance(999);
  equal(await value(), 2);
  clock.advance(1);
  equal(await value(), 3);
});

Deno.test("concurrent readers share the work; a reader after a change does not get an older result", async () => {
  const gates: (() => void)[] = [];
  const { fresh, change } = counting((count) => new Promise((resolve) => gates.push(() => resolve(count))));
  const [a, b] = [fresh.get(), fresh.get()];
  change();
  const c = fresh.get();
  equal(gates.length, 2);
  gates[1]!();
  equal((await c).value, 2);
  gates[0]!(); // the older one is late, and is not kept
  equal([(await a).value, (await b).value, (await fresh.get()).value], [1, 1, 2]);
});

Deno.test("a reader without patience gets the last result", async () => {
  let finish = (): void => {};
  const { clock, fresh } = counting((count) =>
    count === 1 ? Promise.resolve(1) : new Promise((resolve) => finish = () => resolve(count))
  );
  equal((await fresh.soon(1_000))?.value, 1);
  clock.advance(1_000);
  equal((await fresh.soon(1))?.value, 1);
  finish();
  equal((await fresh.get()).value, 2);
});

Deno.test("what fails is tried again when it is asked for again", async () => {
  const { fresh } = counting((count) =>
    count === 1 ? Promise.reject(new Error("no")) : Promise.resolve(count)
  );
  await rejects(fresh.get(), /no/);
  equal((await fresh.get()).value, 2);
});
