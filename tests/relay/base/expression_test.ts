import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { compileExpression } from "../../../relay/base/expression.ts";

const PAYLOAD = {
  host: "db-1",
  level: 3,
  empty: "",
  none: null,
  tags: [["env", "prod"], ["team", "dba"]],
  "odd}name": "x",
  nested: { list: [{ name: "a" }, { name: "b" }] },
  __proto__evil: 1,
};

const TEXTS: [source: string | string[], text: string | undefined][] = [
  ["a text", "a text"],
  ["$.host", "db-1"],
  ["$.level", "3"],
  ["$.empty", undefined],
  ["$.none", undefined],
  ["$.no.such", undefined],
  ["$.constructor", undefined],
  ["$.nested.list[*].name", "a"],
  ["$.nested.list[1]", '{"name":"b"}'],
  ["$.tags[?@[0]=='team'][1]", "dba"],
  ["{$.host}: level {$.level}", "db-1: level 3"],
  ["{$.host} {$.no}", undefined],
  ["{{{$.host}}}", "{db-1}"],
  ["{$['odd}name']}", "x"],
  ["{not a path}", "{not a path}"],
  [["$.no", "$.host", "x"], "db-1"],
  [["{$.no} down", "x"], "x"],
];

for (const [source, text] of TEXTS) {
  Deno.test(`${JSON.stringify(source)} is ${JSON.stringify(text)}`, () => {
    equal(compileExpression(source).text(PAYLOAD), text);
  });
}

const WRONG: [source: string, words: RegExp][] = [
  ["$.a[", /unclosed.* at character 4/],
  ["{$.a", /"\{" at character 0 is not closed by "\}"/],
  ["$.a[?@.b = 1]", /at character/],
  ["$..[?nosuch(@)]", /nosuch/],
];

for (const [source, words] of WRONG) {
  Deno.test(`"${source}" is refused with the place of the mistake`, () => {
    throws(
      () => compileExpression(source),
      (error) => error instanceof SyntaxError && words.test(error.message),
    );
  });
}

Deno.test("a path that selects all of a large payload is bounded", () => {
  const large = { list: Array.from({ length: 100_000 }, (_, index) => ({ index })) };
  equal(compileExpression("$..index").all(large).length, 20_000);
});
