import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { TextTable } from "../../../relay/store/text_table.ts";

/** Few keys, so that they meet; of some the letters take more than a byte. */
const key = fc.oneof(
  fc.nat(300).map((number) => `key ${number}`),
  fc.constantFrom("", "磁盘", "\u{1f525}", "\0", "\ufeff"),
);
/** Some long ones: a chunk is full soon, and is compacted soon. */
const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 50 }).map((text) => text.length % 2 ? text : `\ufeff${text}`),
  fc.nat(60_000).map((length) => "长".repeat(length / 3)),
);
type Change = { key: string; text?: string };
const change: fc.Arbitrary<Change> = fc.oneof(fc.record({ key, text }), fc.record({ key }));

Deno.test("a table of texts has what a Map has, whatever is kept and forgotten", () => {
  fc.assert(fc.property(fc.array(change, { maxLength: 400, size: "max" }), (changes) => {
    const table = new TextTable();
    const map = new Map<string, string>();
    for (const { key, text } of changes) {
      if (text === undefined) equal(table.delete(key), map.delete(key));
      else {
        table.set(key, text);
        map.set(key, text);
      }
      equal(table.get(key), map.get(key));
      equal(table.size, map.size);
    }
    equal(sorted(table.entries()), sorted(map));
    for (const key of map.keys()) equal(table.get(key), map.get(key));
  }));
});

Deno.test("who goes through a table while it changes sees all that stays, and nothing that was gone before", () => {
  const kept = fc.uniqueArray(key, { minLength: 1, maxLength: 60, size: "max" });
  const changes = fc.array(fc.array(change, { maxLength: 30 }), { maxLength: 20, size: "max" });
  fc.assert(fc.property(kept, changes, (kept, changes) => {
    const table = new TextTable();
    for (const key of kept) table.set(`stays ${key}`, key);
    for (const { key } of changes.flat()) table.set(key, "x".repeat(20_000));
    const map = new Map(table.entries());
    const missing = new Set(kept.map((key) => `stays ${key}`));
    let step = 0;
    for (const [key, text] of table.entries()) {
      equal(text, map.get(key));
      missing.delete(key);
      for (const { key, text } of changes[step++] ?? []) {
        if (text === undefined) {
          table.delete(key);
          map.delete(key);
        } else {
          table.set(key, text);
          map.set(key, text);
        }
      }
    }
    equal([...missing], []);
  }));
});

Deno.test("a hundred thousand short texts take 200 bytes each at most, and nothing when they are forgotten", () => {
  const table = new TextTable();
  const empty = table.bytes;
  const text = "x".repeat(90);
  for (let number = 0; number < 100_000; number++) table.set(keyOf(number), text);
  ok(table.bytes - empty < 100_000 * 200, `${table.bytes} bytes`);
  for (let number = 0; number < 100_000; number += 7) table.set(keyOf(number), `${text} and a little more`);
  for (let number = 0; number < 100_000; number++) equal(table.delete(keyOf(number)), true);
  equal(table.bytes, empty);
});

Deno.test("texts that grow, shrink, come and go for ever do not take more and more", () => {
  const table = new TextTable();
  for (let number = 0; number < 5_000; number++) table.set(keyOf(number), "x".repeat(1_000));
  for (let number = 0; number < 100_000; number++) {
    table.set(keyOf(number % 5_000), "x".repeat(number * 7_919 % 1_000));
    table.delete(keyOf(number * 31 % 5_000));
  }
  ok(table.bytes < 2.5 * 5_000 * 1_050, `${table.bytes} bytes`);
});

Deno.test("texts that are forgotten soon leave nothing behind between those that stay", () => {
  const table = new TextTable();
  const empty = table.bytes;
  for (let number = 0; number < 20_000; number++) {
    table.set(keyOf(number), "x".repeat(1_000));
    if (number % 100 !== 0) table.delete(keyOf(number));
  }
  ok(table.bytes < empty + 3 * 200 * 1_050, `${table.bytes} bytes`);
});

Deno.test("a text that is too long is refused, and nothing else is lost", () => {
  const table = new TextTable();
  table.set("key", "text");
  throws(() => table.set("key", "x".repeat(150_000)), RangeError);
  throws(() => table.set("k".repeat(70_000), "text"), RangeError);
  equal([...table.entries()], [["key", "text"]]);
});

function keyOf(number: number): string {
  return number.toString(16).padStart(32, "0");
}

function sorted(entries: Iterable<[string, string]>): [string, string][] {
  return [...entries].sort(([a], [b]) => a < b ? -1 : 1);
}
