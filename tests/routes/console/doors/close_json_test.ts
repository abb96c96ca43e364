import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { closeJson } from "../../../../routes/console/doors/close_json.ts";

const CLOSED: [text: string, closed: string][] = [
  ['{"a":1,"b":"tex…', '{"a":1}'],
  ['{"a":[{"b":1},{"c":2,"d', '{"a":[{"b":1},{"c":2}]}'],
  ['{"a":"}],{","b":[1,2', '{"a":"}],{","b":[1]}'],
  ['{"a":"\\"x', "{}"],
  ['[{"a":{"b":[', '[{"a":{"b":[]}}]'],
  ['{"a":1}', '{"a":1}'],
  ["a=b&c=d", "a=b&c=d"],
  ["not JSON", "not JSON"],
  ["{not JSON, either", "{not JSON, either"],
  ["", ""],
];

for (const [text, closed] of CLOSED) {
  Deno.test(`${JSON.stringify(text)} is completed to ${JSON.stringify(closed)}`, () => {
    equal(closeJson(text), closed);
  });
}

Deno.test("the beginning of any object or list is completed to JSON", () => {
  const any = fc.oneof(fc.object(), fc.array(fc.jsonValue()));
  fc.assert(fc.property(any, fc.nat(), (value, length) => {
    const text = JSON.stringify(value);
    const cut = text.slice(0, 1 + length % text.length);
    ok(typeof JSON.parse(closeJson(cut)) === "object", cut);
  }));
});
