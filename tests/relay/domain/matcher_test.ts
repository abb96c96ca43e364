import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatMatcher,
  type Matcher,
  matches,
  OPERATORS,
  parseMatcher,
  parseMatchers,
} from "../../../relay/domain/matcher.ts";

function parts({ name, operator, value }: Matcher): string[] {
  return [name, operator, value];
}

Deno.test("a matcher is read in each of its spellings", () => {
  const table: readonly (readonly [text: string, ...parts: string[]])[] = [
    ["team=ops", "team", "=", "ops"],
    ['team="ops"', "team", "=", "ops"],
    [' team = "ops" ', "team", "=", "ops"],
    ["team!=ops", "team", "!=", "ops"],
    ["team=~ops|dba", "team", "=~", "ops|dba"],
    ['team!~"o.*"', "team", "!~", "o.*"],
    ['a="va\\"lue\\n"', "a", "=", 'va"lue\n'],
    ['a="\\\\n"', "a", "=", "\\n"],
    ['a=~"db-\\d+\\.x"', "a", "=~", "db-\\d+\\.x"],
    ['"the name"="x"', "the name", "=", "x"],
    ['"say \\"a\\""=x', 'say "a"', "=", "x"],
    ["团队=运维", "团队", "=", "运维"],
    ["host.name=a-b:9090/x", "host.name", "=", "a-b:9090/x"],
    ['a=""', "a", "=", ""],
    ["a=", "a", "=", ""],
    ['a="b=c,d}"', "a", "=", "b=c,d}"],
    ["{a=b}", "a", "=", "b"],
    ["constructor=x", "constructor", "=", "x"],
  ];
  for (const [text, ...expected] of table) assert.deepEqual(parts(parseMatcher(text)), expected, text);
});

Deno.test("a list is read with braces and without", () => {
  for (const text of ['{a="b", c=~"d|e"}', 'a="b",c=~"d|e"', "{ a=b , c=~d|e , }"]) {
    assert.deepEqual(parseMatchers(text).map(parts), [["a", "=", "b"], ["c", "=~", "d|e"]], text);
  }
  assert.deepEqual(parseMatchers("{}"), []);
});

Deno.test("a bad matcher is refused with what is wrong and where", () => {
  const table: readonly (readonly [text: string, message: RegExp])[] = [
    ["", /^a label name is needed at character 1$/],
    ["=x", /^a label name is needed at character 1$/],
    ['""=x', /^a label name is needed before here, not an empty one at character 3$/],
    ["team", /^an operator is needed: =, !=, =~ or !~ at character 5$/],
    ["team>x", /^an operator is needed/],
    ['team="ops', /^a quote is not closed at character 6$/],
    ['"team=ops', /^a quote is not closed at character 1$/],
    ["team=a b", /double quotes at character 8$/],
    ["team==x", /double quotes at character 6$/],
    ['team=a"b"', /double quotes at character 7$/],
    ["{a=b", /^a "," or "}" is needed at character 5$/],
    ["a=b}", /double quotes at character 4$/],
    ["a=b,c=d", /^one matcher is needed, not 2$/],
    ["{}", /^one matcher is needed, not 0$/],
    ['a=~"("', /^the regular expression is not in RE2's syntax: missing closing \)/],
    ['a=~"(?=x)"', /^the regular expression is not in RE2's syntax/],
    ['a=~"x)|(y"', /^the regular expression is not in RE2's syntax/],
    [`a=~"${"x".repeat(1_001)}"`, /^the regular expression has 1001 characters; 1000 are allowed$/],
  ];
  for (const [text, message] of table) {
    assert.throws(() => parseMatcher(text), { name: "Error", message }, text);
  }
});

Deno.test("a matcher compares the whole value, and a missing label as empty", () => {
  const table: readonly (readonly [matcher: string, labels: Record<string, string>, matches: boolean])[] = [
    ["a=x", { a: "x" }, true],
    ["a=x", { a: "xx" }, false],
    ["a=x", {}, false],
    ["a=", {}, true],
    ["a!=x", {}, true],
    ["a!=", {}, false],
    ['a=~"x|y"', { a: "y" }, true],
    ['a=~"x|xy"', { a: "xy" }, true],
    ['a=~"x"', { a: "xx" }, false],
    ['a=~"x"', { a: "x\n" }, false],
    ['a=~".*"', {}, true],
    ['a=~".+"', {}, false],
    ['a!~".+"', {}, true],
    ['a=~"(?i)OPS"', { a: "ops" }, true],
    ['a=~".."', { a: "烽火" }, true],
    ['a=~"."', { a: "\u{1f525}" }, true],
    ["constructor=", {}, true],
    ['toString=~".*native.*"', {}, false],
    ["__proto__=x", Object.fromEntries([["__proto__", "x"]]), true],
  ];
  for (const [text, labels, expected] of table) {
    assert.equal(matches(parseMatcher(text), labels), expected, text);
  }
});

Deno.test("a label from outside cannot make an expression slow", () => {
  const matcher = parseMatcher('a=~"(x+x+)+y"');
  const start = performance.now();
  assert.equal(matches(matcher, { a: "x".repeat(50_000) }), false);
  assert.ok(performance.now() - start < 2_000);
});

Deno.test("what is written is read back as the same", () => {
  const text = fc.string({ unit: "binary" });
  const name = fc.oneof(
    text.filter((name) => name !== ""),
    fc.constantFrom("a", "__proto__", "a b", 'a"', "a\\", "a\n"),
  );
  fc.assert(fc.property(name, fc.constantFrom("=", "!=" as const), text, (name, operator, value) => {
    assert.deepEqual(parts(parseMatcher(formatMatcher({ name, operator, value } as Matcher))), [
      name,
      operator,
      value,
    ]);
  }));
});

Deno.test("= and != agree with a comparison of strings", () => {
  const word = fc.constantFrom("", "a", "b", "ab", "a b", '"', "\\", "\n");
  fc.assert(fc.property(word, fc.option(word, { nil: undefined }), fc.boolean(), (value, label, negated) => {
    const matcher = parseMatcher(formatMatcher({ name: "n", operator: negated ? "!=" : "=", value }));
    const labels: Record<string, string> = label === undefined ? {} : { n: label };
    assert.equal(matches(matcher, labels), ((label ?? "") === value) !== negated);
  }));
});

Deno.test("a quoted expression of plain text agrees with =", () => {
  const plain = fc.stringMatching(/^[a-z0-9 _烽火-]{0,20}$/);
  fc.assert(fc.property(plain, plain, (value, label) => {
    const [equal, regex] = ["=", "=~"].map((operator) => parseMatcher(`n${operator}"${value}"`)) as [
      Matcher,
      Matcher,
    ];
    assert.equal(matches(regex, { n: label }), matches(equal, { n: label }));
  }));
});

Deno.test("no text makes the parser throw anything but its own error", () => {
  const signs = fc.string({
    unit: fc.constantFrom("a", "=", "!", "~", '"', "\\", "{", "}", ",", " ", "(", "*", "\n", "\ud800", "火"),
  });
  fc.assert(
    fc.property(fc.oneof(signs, fc.string({ unit: "binary" })), (text) => {
      try {
        for (const { operator } of parseMatchers(text)) assert.ok(OPERATORS.includes(operator));
      } catch (error) {
        assert.equal((error as Error).constructor, Error);
        assert.match((error as Error).message, /at character \d+$|RE2's syntax/);
      }
    }),
    { numRuns: 2_000 },
  );
});
