import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { matches, parseMatcher, parseMatchers } from "../../../relay/domain/matcher.ts";
import { alternativesIn, requiredIn } from "../../../relay/base/pattern_literals.ts";
import { BudgetError, PatternBudget, patternCost, within } from "../../../relay/base/pattern.ts";
import { openStore } from "../../../relay/store/store.ts";

const RETENTION = { alerts: 1e9, dead: 1e9, audit: 1e9 };

/** Expressions of fewer than a thousand characters that compile to hundreds of thousands of instructions, or take as long. */
const COSTLY = [
  "(?:x*){1000}".repeat(80),
  "a{1000}".repeat(140),
  "\\pL{1000}".repeat(99),
  "(?:(?:(?:a{10}){10}){10})".repeat(38),
  "(?i)" + "[B-\\x{1E942}]".repeat(60),
  "(?i)" + "[^\\pL]".repeat(140),
  "(?P<name>(?:\\pN?){500}){2}",
];

Deno.test("an expression that would compile to a large program is refused before it is compiled", () => {
  for (const pattern of COSTLY) {
    ok(pattern.length <= 1_000);
    const started = performance.now();
    throws(
      () => parseMatcher(`a=~"${pattern}"`),
      /compiles to about \d+ instructions; 2000 are allowed/,
      pattern,
    );
    ok(performance.now() - started < 50, `${pattern.slice(0, 20)} took ${performance.now() - started} ms`);
  }
});

Deno.test("what people write is far below the limit", () => {
  const table = [
    "critical|warning",
    "db-.*|web-[0-9]+",
    "\\d{1,3}(\\.\\d{1,3}){3}(:\\d+)?",
    "(?i)[一-龥]{1,20}",
    "[\\p{Han}]+",
    ".{0,255}",
    "(?:prod|staging)-(?:cn|eu|us)-[a-z]+-\\d{2,4}",
    Array.from({ length: 120 }, (_, index) => `host-${index}`).join("|"),
  ];
  for (const pattern of table) ok(patternCost(pattern) < 1_200, `${pattern}: ${patternCost(pattern)}`);
});

/** Expressions as people and enemies write them, from the parts that change a program's size. */
const expression = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(
      ...[
        "a",
        "é",
        "火",
        "\u{1f525}",
        ".",
        "\\d",
        "\\W",
        "\\.",
        "\\x{4e00}",
        "\\x41",
        "\\Qa+b\\E",
        "^",
        "$",
        "\\b",
      ],
      ...[
        "[a-z]",
        "[^a]",
        "[]a]",
        "[^]a-]",
        "[[:alpha:]_]",
        "[\\]x]",
        "\\pL",
        "\\p{Han}",
        "[^\\PN]",
        "(?i)k",
        "{",
        "x{,3}",
      ],
    ),
    fc.tuple(tie("node"), tie("node")).map((parts) => parts.join("")),
    fc.tuple(tie("node"), tie("node")).map((parts) => parts.join("|")),
    tie("node").map((inner) => `(${inner})`),
    tie("node").map((inner) => `(?i:${inner})`),
    fc.tuple(
      tie("node"),
      fc.constantFrom("*", "+", "?", "*?", "{3}", "{0,4}", "{2,}", "{0}", "{10}", "{2,9}?"),
    )
      .map(([inner, times]) => `(?:${inner})${times}`),
  ),
})).node as fc.Arbitrary<string>;

Deno.test("no program is larger than its estimate", () => {
  let compiled = 0;
  fc.assert(
    fc.property(expression, (pattern) => {
      const cost = patternCost(pattern);
      if (cost > 20_000) return;
      let size: number;
      try {
        size = RE2JS.compile(pattern).programSize();
      } catch {
        return; // no expression: any estimate will do
      }
      compiled++;
      ok(size <= cost, `${JSON.stringify(pattern)}: ${size} instructions, estimated ${cost}`);
    }),
    { numRuns: 3_000 },
  );
  ok(compiled > 1_000, `only ${compiled} were compiled`);
});

Deno.test("matchers that are read together have one budget, and the same expression counts once", () => {
  const parse = (texts: readonly string[], limit: number): number =>
    within(new PatternBudget(limit), () => texts.map((text) => parseMatchers(text)).length);
  const many = Array.from({ length: 50 }, (_, index) => `a=~"x{${500 + index}}"`);
  throws(() => parse(many, 10_000), BudgetError);
  throws(
    () => parse(many, 10_000),
    /costs too much together with those before it: all matchers may have 10000/,
  );
  equal(parse(many, 100_000), 50);
  equal(parse(Array(1_000).fill('a=~"x{500}"'), 10_000), 1_000);
  throws(
    () => parse(Array.from({ length: 11 }, (_, index) => `a=${index}`), 10),
    BudgetError,
    "the others count, too",
  );
  equal(parse(many.slice(0, 1), Infinity), 1);
  equal(many.map((text) => parseMatcher(text)).length, 50, "outside of a budget each counts by itself");
});

Deno.test("a value that is too long for an expression meets neither =~ nor !~, and takes no time", () => {
  const long = "ab".repeat(4 * 2 ** 20);
  for (const operator of ["=~", "!~"]) {
    const matcher = parseMatcher(`a${operator}"(?:a|b)*a(?:a|b){200}"`);
    const started = performance.now();
    equal(matches(matcher, { a: long }), false);
    ok(performance.now() - started < 50);
  }
  equal(
    matches(parseMatcher('a=~"ab.*"'), { a: "ab".repeat(50_000) }),
    true,
    "a simple one takes long values",
  );
  equal(matches(parseMatcher('a!~"x.*"'), { a: "ab".repeat(50_000) }), true);
});

Deno.test("what one expression remembers of the values that it has seen is bounded", () => {
  // It has 2^21 states; with re2js' default of 8 MiB each, fifty of them would keep 400 MB.
  const matchers = Array.from(
    { length: 50 },
    (_, index) => parseMatcher(`a=~"(?:a|b)*a(?:a|b){20}${index}"`),
  );
  const before = Deno.memoryUsage().heapUsed;
  let seed = 1;
  const random = (): number => seed = (seed * 48_271) % 2_147_483_647;
  for (let round = 0; round < 5; round++) {
    const value = Array.from({ length: 2_000 }, () => random() % 2 ? "a" : "b").join("");
    for (const matcher of matchers) matches(matcher, { a: value });
  }
  const grown = (Deno.memoryUsage().heapUsed - before) / 2 ** 20;
  ok(grown < 60, `${grown.toFixed(0)} MB`);
});

Deno.test("a stored silence over the budget is skipped with a warning: it never ends a start, and the others count", async () => {
  using kv = await Deno.openKv(":memory:");
  const silence = (id: string, matchers: string[]): unknown => ({
    id,
    matchers,
    from: 0,
    until: 10_000,
    author: "",
    comment: "",
    createdAt: 0,
  });
  const set = (id: string, matchers: string[]): Promise<unknown> =>
    kv.set(["silence", id], new TextEncoder().encode(JSON.stringify(silence(id, matchers))));
  await set("1", ["a=b"]);
  await set("2", Array.from({ length: 50 }, (_, index) => `a=~"${"(?:x*){1000}".repeat(80)}|${index}"`));
  await set("3", ["this is none"]);
  for (let index = 0; index < 15; index++) {
    await set(
      `4${String(index).padStart(2, "0")}`,
      Array.from({ length: 5 }, (_, at) => `c=~"x{1000}y{${700 + at}}"`),
    );
  }
  await set("5", ["c=d"]);
  const started = performance.now();
  const { silences } = await openStore(kv, {
    exclusive: true,
    clock: { now: () => 5_000 },
    key: "k",
    retention: RETENTION,
  });
  ok(performance.now() - started < 3_000, `${performance.now() - started} ms`);
  equal(silences.all().length, 19, "they are there, and can be ended");
  equal(silences.covering({ a: "b" }, 5_000), "1");
  equal(silences.covering({ c: "d" }, 5_000), "5", "a small one after them still fits");
  const problems = silences.problems();
  match(problems.find((words) => words.includes("silence 2 "))!, /compiles to about \d+ instructions/);
  match(problems.find((words) => words.includes("silence 3 "))!, /an operator is needed/);
  equal(problems.filter((words) => /cost too much together/.test(words)).length, 4);

  const { id, ...note } = { id: "6", by: "x", action: "added", what: "silences/6" };
  const large = silence(id, Array.from({ length: 5 }, (_, at) => `d=~"x{1000}y{${700 + at}}"`));
  await rejects(silences.put(large as Parameters<typeof silences.put>[0], note), {
    name: "StoreError",
    kind: "too_large",
  });
  equal(silences.get("6"), undefined);
});

/** Expressions of a few letters, so that many of them match many of the texts. */
const smallPattern = fc.array(
  fc.constantFrom(
    "a",
    "b",
    "ab",
    "|",
    "(",
    ")",
    "(?:",
    "(?i)",
    "[ab]",
    "[^a]",
    "[]a]",
    "\\.",
    "\\d",
    ".",
    "*",
    "+",
    "?",
    "{0,2}",
    "{2}",
    "{",
    "}",
    "^",
    "$",
    "\\Qa|",
    "\\E",
    "é",
    "\\x61",
    "\\pL",
    "😀",
  ),
  { maxLength: 7 },
).map((parts) => parts.join(""));

Deno.test("a plain list, and a text that must be there, decide as the expression itself does", () => {
  const text = fc.array(fc.constantFrom("a", "b", "A", ".", "1", "|", "é", "😀", "ab"), { maxLength: 5 });
  fc.assert(
    fc.property(
      smallPattern,
      fc.array(text.map((parts) => parts.join("")), { minLength: 20, maxLength: 20 }),
      (pattern, texts) => {
        let reference: RE2JS;
        try {
          reference = RE2JS.compile(pattern);
        } catch {
          return;
        }
        const { test } = new PatternBudget(Infinity).compile(pattern);
        for (const text of texts) {
          equal(test(text), reference.matches(text), `${JSON.stringify(pattern)} on ${JSON.stringify(text)}`);
        }
      },
    ),
    { numRuns: 3_000 },
  );
});

Deno.test("what can be decided by plain text is", () => {
  const table:
    readonly (readonly [pattern: string, values: readonly string[] | undefined, required: string])[] = [
      ["db-1|db-2", ["db-1", "db-2"], ""],
      ["a\\.b|", ["a.b", ""], ""],
      ["(service|job)-17(-canary)?", undefined, "-17"],
      ["team-\\d+.*suffix", undefined, "suffix"],
      ["abc*", undefined, "ab"],
      ["abc+d", undefined, "abc"],
      ["(?i)abc", undefined, ""],
      ["abc|d.*", undefined, ""],
      ["[[:alpha:]]xyz[]]", undefined, "xyz"],
      ["x{2}yz", undefined, "yz"],
    ];
  for (const [pattern, values, required] of table) {
    deepEqual(alternativesIn(pattern) && [...alternativesIn(pattern)!], values, pattern);
    equal(requiredIn(pattern), required, pattern);
  }
});
