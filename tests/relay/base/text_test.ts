import assert from "node:assert/strict";
import fc from "fast-check";
import { cut, jsonBytes, mentions, oneLine, printable, utf8Bytes } from "../../../relay/base/text.ts";

/** Any string that JavaScript can hold, halves of characters included. */
const anyString = fc.string({ unit: "binary" });
const odd = fc.constantFrom("\ud83d", "\ude00", "\0", "\x1b", '"', "\\", "烽", "🔥", "a", "\n", "\u202e");
const hostile = fc.oneof(anyString, fc.string({ unit: "grapheme" }), fc.string({ unit: odd }));

Deno.test("cut by characters counts code points, its mark included", () => {
  const cases: [text: string, chars: number, result: string][] = [
    ["", 0, ""],
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["烽火告警", 4, "烽火告警"],
    ["烽火告警", 3, "烽火…"],
    ["🔥🔥🔥", 3, "🔥🔥🔥"],
    ["🔥🔥🔥", 2, "🔥…"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
  ];
  for (const [text, chars, result] of cases) {
    assert.equal(cut(text, { chars }), result, `${text} to ${chars}`);
  }
});

Deno.test("cut by bytes counts UTF-8, or what it is told to measure", () => {
  const cases: [text: string, bytes: number, result: string][] = [
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "ab…"],
    ["烽火告警", 12, "烽火告警"],
    ["烽火告警", 11, "烽火…"],
    ["🔥🔥", 7, "🔥…"],
    ["🔥🔥", 6, "…"],
    ["abcdef", 2, ""],
  ];
  for (const [text, bytes, result] of cases) {
    assert.equal(cut(text, { bytes }), result, `${text} to ${bytes}`);
  }
  assert.equal(cut('""""', { bytes: 9, measure: jsonBytes }), '""…', "a quote has two bytes in JSON");
});

Deno.test("a cut text always fits, is whole characters, and says that it was cut", () => {
  fc.assert(
    fc.property(hostile, fc.nat(60), fc.constantFrom(utf8Bytes, jsonBytes), (text, bytes, measure) => {
      const result = cut(text, { bytes, measure });
      assert.ok(result === "" || measure(result) <= bytes);
      if (result === text || result === "") return;
      assert.ok(result.endsWith("…") && text.startsWith(result.slice(0, -1)));
      if (text.isWellFormed()) assert.ok(result.isWellFormed());
    }),
  );
  fc.assert(fc.property(hostile, fc.nat(60), (text, chars) => {
    const result = cut(text, { chars });
    assert.ok([...result].length <= chars);
    if (text.isWellFormed()) assert.ok(result.isWellFormed());
  }));
});

Deno.test("jsonBytes is what a text adds to a JSON body, with its quotes", () => {
  const cases: [string, number][] = [["", 2], ["a", 3], ["烽", 5], ["🔥", 6], ["\n", 4], ['"', 4], ["\0", 8]];
  for (const [text, bytes] of cases) assert.equal(jsonBytes(text), bytes, JSON.stringify(text));
});

Deno.test("printable replaces what would be obeyed or hidden by a sign", () => {
  const cases: [why: string, text: string, result: string][] = [
    ["a terminal's colour", "\x1b[31mred", "␛[31mred"],
    ["the end of a string", "a\0b\x7f", "a␀b␡"],
    ["a C1 control", "a\x9bb", "a\ufffdb"],
    ["the other line ends", "a\r\nb\rc\u2028d", "a\nb\nc\nd"],
    ["a reversed name", "photo\u202egpj.exe\u202c", "photo\ufffdgpj.exe\ufffd"],
    ["an isolate", "\u2066a\u2069", "\ufffda\ufffd"],
    ["half a character", "a\ud83d", "a\ufffd"],
  ];
  for (const [why, text, result] of cases) assert.equal(printable(text), result, why);
  for (const text of ["烽火\t🔥\n", "مرحبا", "👨‍👩‍👧", "é"]) assert.equal(printable(text), text, "left as it is");
});

Deno.test("printable and oneLine leave nothing behind, whatever comes in", () => {
  fc.assert(fc.property(hostile, (text) => {
    const result = printable(text);
    assert.ok(result.isWellFormed());
    // deno-lint-ignore no-control-regex -- the characters that must be gone
    assert.doesNotMatch(result, /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
    assert.equal(printable(result), result);
    assert.doesNotMatch(oneLine(text), /[\n\t]|^ | $| {2}/);
  }));
});

Deno.test("a text mentions words that stand by themselves, in Chinese as well", () => {
  const cases: [text: string, words: string, isMentioned: boolean][] = [
    ["db-1 is down", "db-1", true],
    ["主机db-1宕机", "db-1", true],
    ["生产库宕机", "生产", true],
    ["BackupdbFailed", "db", false],
    ["db-1 is down", "db", false],
    ["10.0.0.12 is down", "10.0.0.1", false],
    ["behind for 3m", "3", false],
    ["at 97.3%", "97.3", true],
    ["at 97.3%", "97", false],
    ["a (b) c", "(b)", true],
    ["anything", "", true],
    ["", "", true],
  ];
  for (const [text, words, isMentioned] of cases) {
    assert.equal(mentions(text, words), isMentioned, `${text}: ${words}`);
  }
});
