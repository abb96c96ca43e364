import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { decode, encode } from "../../../relay/base/codec.ts";
import { Database, type DatabaseView } from "../../../relay/store/database.ts";
import { NoSuchKeyError, StoreError } from "../../../relay/store/errors.ts";

const LONG = 60_000;

/** A database of which every operation ends as `answer` does. */
function answering(answer: () => Promise<never>): Deno.Kv {
  const atomic = { set: () => atomic, commit: answer };
  const list = () => ({ next: answer, [Symbol.asyncIterator]: () => ({ next: answer }) });
  return { get: answer, getMany: answer, set: answer, delete: answer, list, atomic: () => atomic } as never;
}

const READS: Record<string, (view: DatabaseView) => Promise<unknown>> = {
  get: (view) => view.get(["a"]),
  entry: (view) => view.entry(["a"]),
  entries: (view) => view.entries([["a"]]),
  all: (view) => view.all(["a"]),
  list: (view) => Array.fromAsync(view.list({ prefix: [] })),
  pages: (view) => Array.fromAsync(view.pages({ prefix: [] })),
};

const WRITES: Record<string, (view: DatabaseView) => Promise<unknown>> = {
  set: (view) => view.set(["a"], 1),
  delete: (view) => view.delete(["a"]),
  commit: (view) => view.commit(view.atomic().set(["a"], 1)),
};

for (
  const [action, operations] of [["Cannot read the log", READS], ["Cannot write the log", WRITES]] as const
) {
  for (const [name, operation] of Object.entries(operations)) {
    Deno.test(`a database that never answers is given up at its deadline by ${name}`, async () => {
      const never = new Database(answering(() => new Promise(() => {})), { deadline: 5 });
      await rejects(operation(never.of("the log")), (error) => {
        equal((error as StoreError).message, `${action}: the database did not answer within 5 ms`);
        return error instanceof StoreError && error.kind === "unavailable";
      });
    });

    Deno.test(`a database that fails says so in the store's words to ${name}`, async () => {
      const reset = () => Promise.reject(new TypeError("connection reset"));
      const broken = new Database(answering(reset), { deadline: LONG });
      await rejects(operation(broken.of("the log")), (error) => {
        equal((error as StoreError).message, `${action}: connection reset`);
        return error instanceof StoreError && error.kind === "unavailable";
      });
    });
  }
}

Deno.test("a view may write in words of its own, and wait as long as it takes", async () => {
  const late = () => new Promise<never>((_, reject) => setTimeout(() => reject(new Error("gone")), 20));
  const database = new Database(answering(late), { deadline: 5 });
  const view = database.of("the alerts", { write: "store", deadline: Infinity });
  await rejects(view.commit(view.atomic()), { name: "StoreError", message: "Cannot store the alerts: gone" });
});

Deno.test("the deadline of a database counts for views that were made before it was set", async () => {
  const database = new Database(answering(() => new Promise(() => {})), { deadline: LONG });
  const view = database.of("the log");
  database.deadline = 5;
  await rejects(view.get(["a"]), /did not answer within 5 ms$/);
});

Deno.test("an answer is passed on, decoded, and no timer is left behind", async () => {
  using kv = await Deno.openKv(":memory:");
  const view = new Database(kv, { deadline: LONG }).of("the log");
  await view.set(["a", 1], { text: "磁盘" });
  equal(await view.get(["a", 1]), { text: "磁盘" });
  equal(await view.get(["a", 2]), undefined);
  equal(decode((await view.entry(["a", 1])).value), { text: "磁盘" });
  await view.delete(["a", 1]);
  equal(await view.get(["a", 1]), undefined);
});

Deno.test("a value that never fits is too large, and a key that never fits names nothing", async () => {
  using kv = await Deno.openKv(":memory:");
  const view = new Database(kv, { deadline: LONG }).of("the log");
  await rejects(view.set(["a"], "x".repeat(70_000)), { name: "StoreError", kind: "too_large" });
  await rejects(view.get(["a".repeat(3_000)]), (error) => error instanceof NoSuchKeyError);
});

Deno.test("lists, pages and entries give everything in order, whatever is read at a time", async () => {
  using kv = await Deno.openKv(":memory:");
  const view = new Database(kv, { deadline: LONG }).of("the log");
  const numbers = Array.from({ length: 25 }, (_, index) => index);
  for (const number of numbers) await kv.set(["a", number], encode(number));
  for (const batch of [1, 5, 24, 25, 26, 100]) {
    const read = async (options: { reverse?: boolean; limit?: number } = {}) =>
      (await Array.fromAsync(view.list({ prefix: ["a"] }, { batch, ...options }))).map(({ key }) => key[1]);
    equal(await read(), numbers);
    equal(await read({ reverse: true }), numbers.toReversed());
    equal(await read({ limit: 7 }), numbers.slice(0, 7));
    for (const ahead of [false, true]) {
      const pages = await Array.fromAsync(view.pages({ prefix: ["a"] }, { batch, first: 2, ahead }));
      equal(pages.flat().map(({ key }) => key[1]), numbers);
      equal(pages[0]!.length, 2);
    }
  }
  equal(await view.all(["a"]), numbers);
  const entries = await view.entries(numbers.map((number) => ["a", number]));
  equal(entries.map(({ value }) => decode(value)), numbers);
});
