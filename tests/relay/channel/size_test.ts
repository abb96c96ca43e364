import assert from "node:assert/strict";
import fc from "fast-check";
import { fillOf, type Size } from "../../../relay/channel/size.ts";

Deno.test("a text is measured in each unit", () => {
  const text = 'a"\n中🔥';
  const table: [unit: keyof Size, measured: number][] = [
    ["bytes", 10],
    ["jsonBytes", 12],
    ["characters", 5],
    ["utf16", 6],
  ];
  for (const [unit, measured] of table) {
    assert.ok(fillOf(text, { [unit]: measured }) <= 1, `${unit}: ${measured} are enough`);
    assert.ok(fillOf(text, { [unit]: measured - 1 }) > 1, `${unit}: one less is too few`);
  }
  assert.equal(fillOf(text, { bytes: 5, characters: 50 }), 2, "the unit that is fullest counts");
  assert.equal(fillOf(text, {}), 0);
});

Deno.test("a text is never taken for shorter than it is", () => {
  const units: Record<keyof Size, (text: string) => number> = {
    bytes: (text) => new TextEncoder().encode(text).length,
    jsonBytes: (text) => new TextEncoder().encode(JSON.stringify(text).slice(1, -1)).length,
    characters: (text) => [...text].length,
    utf16: (text) => text.length,
  };
  fc.assert(fc.property(fc.string({ unit: "binary" }), fc.integer({ min: 1, max: 40 }), (text, limit) => {
    for (const [unit, measure] of Object.entries(units)) {
      assert.equal(fillOf(text, { [unit]: limit }) <= 1, measure(text) <= limit, unit);
    }
  }));
});
