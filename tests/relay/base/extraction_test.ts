import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { compileExtraction } from "../../../relay/base/extraction.ts";

const FOUND: [pattern: string, text: string, found: string | undefined][] = [
  ["host=(\\S+)", "cpu\nhost=db-1 x", "db-1"],
  ["host=\\S+", "cpu host=db-1 x", "host=db-1"],
  ["(?P<host>db-\\d+).*?(\\w+)$", "db-1 is down", "db-1 down"],
  ["实例[:：]\\s*(\\S+)|host=(\\S+)", "实例： db-1", "db-1"],
  ["实例[:：]\\s*(\\S+)|host=(\\S+)", "host=db-2", "db-2"],
  ["(?i)resolved", "[RESOLVED] x", "RESOLVED"],
  ["x", "y", undefined],
  ["(x)?y", "zy", "y"], // its group matches nothing
  ["已恢复", "CPU 已恢复", "已恢复"],
];

for (const [pattern, text, found] of FOUND) {
  Deno.test(`${pattern} finds ${found} in ${JSON.stringify(text)}`, () => {
    equal(compileExtraction(pattern).find(text), found);
  });
}

Deno.test("what it matches is removed wherever it stands", () => {
  const { remove } = compileExtraction("\\[(?:FIRING|RESOLVED)\\] ?");
  equal([remove("[FIRING] CPU"), remove("CPU [RESOLVED]"), remove("CPU")], ["CPU", "CPU ", "CPU"]);
});

const WRONG: [pattern: string, reason: RegExp][] = [
  ["(", /not in RE2's syntax: missing closing \)/],
  ["(?=x)", /not in RE2's syntax/],
  ["(x)\\1", /not in RE2's syntax/],
  ["x*", /matches an empty text/],
  ["", /matches an empty text/],
  ["x{500}", /compiles to about 504 instructions; 200 are allowed/],
  ["x".repeat(501), /has 501 characters; 500 are allowed/],
];

for (const [pattern, reason] of WRONG) {
  Deno.test(`${pattern.slice(0, 40)} is refused: ${reason.source}`, () => {
    throws(() => compileExtraction(pattern), reason);
  });
}

Deno.test("of a long text only the beginning is searched, so that no text costs much", () => {
  const { find, remove } = compileExtraction("(?i)(?:实例|instance)[:：]\\s*(\\S+)");
  equal(find(`instance: a ${"x".repeat(100_000)}`), "a");
  equal(find(`${"x".repeat(100_000)} instance: a`), undefined);
  const long = "instance ".repeat(100_000);
  equal(remove(long), long);
});

Deno.test("any expression and text cost less than a second", () => {
  const part = fc.constantFrom("(a|b)", ".*", "a+", "[^x]{1,9}", "(?:ab?)*", "\\s", "实", "|", "x?");
  fc.assert(
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => parts.join("")),
      fc.array(fc.constantFrom("a", "b", "ab", "实", " ", "x"), { maxLength: 20 }),
      (pattern, parts) => {
        const started = performance.now();
        try {
          compileExtraction(pattern).find(parts.join("").repeat(500));
        } catch (error) {
          ok(error instanceof Error && /regular expression/.test(error.message), String(error));
        }
        ok(performance.now() - started < 1_000, pattern);
      },
    ),
    { numRuns: 200 },
  );
});
