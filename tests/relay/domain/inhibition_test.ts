import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import type { Labels } from "../../../relay/domain/alert.ts";
import { InhibitorIndex, type InhibitRule } from "../../../relay/domain/inhibition.ts";
import { matchesAll, parseMatcher } from "../../../relay/domain/matcher.ts";
import { PendingInhibitors } from "../../../relay/domain/pending_inhibitors.ts";

function rule(
  source: readonly string[],
  target: readonly string[],
  equal: readonly string[] = [],
): InhibitRule {
  return { source: source.map(parseMatcher), target: target.map(parseMatcher), equal };
}

function isInhibited(rules: readonly InhibitRule[], source: Labels, target: Labels): boolean {
  const index = new InhibitorIndex(rules);
  index.add("source", source);
  return [...index.inhibitorsOf(target)].length > 0;
}

const CRITICAL = rule(["severity=critical"], ["severity=warning"], ["host"]);

const CASES: [name: string, rules: InhibitRule[], source: Labels, target: Labels, expected: boolean][] = [
  ["equal labels", [CRITICAL], { severity: "critical", host: "a" }, { severity: "warning", host: "a" }, true],
  [
    "another value",
    [CRITICAL],
    { severity: "critical", host: "a" },
    { severity: "warning", host: "b" },
    false,
  ],
  ["missing in both", [CRITICAL], { severity: "critical" }, { severity: "warning" }, true],
  ["missing in one", [CRITICAL], { severity: "critical", host: "a" }, { severity: "warning" }, false],
  ["missing and empty", [CRITICAL], { severity: "critical", host: "" }, { severity: "warning" }, true],
  ["no source", [CRITICAL], { severity: "error", host: "a" }, { severity: "warning", host: "a" }, false],
  ["no target", [CRITICAL], { severity: "critical", host: "a" }, { severity: "info", host: "a" }, false],
  ["no equal labels", [rule(["a=1"], ["b=1"])], { a: "1" }, { b: "1" }, true],
  ["both match both sides", [rule(["a=1"], ["b=1"])], { a: "1", b: "1" }, { a: "1", b: "1", c: "1" }, false],
  ["the target matches both sides", [rule(["a=1"], ["b=1"])], { a: "1" }, { a: "1", b: "1" }, true],
  ["the source matches both sides", [rule(["a=1"], ["b=1"])], { a: "1", b: "1" }, { b: "1" }, true],
  ["the second rule", [CRITICAL, rule(["a=1"], ["b=1"])], { a: "1" }, { b: "1" }, true],
  ["labels like an object's own", [rule(["a=1"], ["b=1"], ["constructor"])], { a: "1" }, { b: "1" }, true],
];

for (const [name, rules, source, target, expected] of CASES) {
  Deno.test(`${expected ? "inhibited" : "not inhibited"}: ${name}`, () => {
    equal(isInhibited(rules, source, target), expected);
  });
}

const labels = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.constantFrom("", "1", "2"));
const matcher = fc.tuple(
  fc.constantFrom("a", "b", "c"),
  fc.constantFrom("=", "!=", "=~"),
  fc.constantFrom("", "1", "1|2"),
)
  .map((parts) => parts[1] === "=~" ? `${parts[0]}=~"${parts[2]}"` : parts.join(""));
const rules = fc.array(
  fc.tuple(
    fc.array(matcher, { minLength: 1, maxLength: 2 }),
    fc.array(matcher, { minLength: 1, maxLength: 2 }),
    fc.subarray(["a", "b", "c"]),
  ).map((parts) => rule(...parts)),
  { maxLength: 3 },
);

/** Alertmanager's own loop over all alerts. */
function naive(
  rules: readonly InhibitRule[],
  firing: ReadonlyMap<string, Labels>,
  target: Labels,
): Set<string> {
  const found = new Set<string>();
  for (const { source, target: targets, equal } of rules) {
    if (!matchesAll(targets, target)) continue;
    for (const [id, labels] of firing) {
      if (!matchesAll(source, labels)) continue;
      if (equal.some((name) => (labels[name] ?? "") !== (target[name] ?? ""))) continue;
      if (matchesAll(source, target) && matchesAll(targets, labels)) continue;
      found.add(id);
    }
  }
  return found;
}

Deno.test("the index finds what a loop over all firing alerts finds, whatever fires and ends", () => {
  const changes = fc.array(fc.tuple(fc.constantFrom("x", "y", "z"), fc.option(labels)), { maxLength: 12 });
  fc.assert(fc.property(rules, changes, changes, labels, (rules, stored, pending, target) => {
    const firing = new Map<string, Labels>();
    const index = new InhibitorIndex(rules);
    for (const [id, labels] of stored) {
      if (firing.has(id)) index.remove(id, firing.get(id)!);
      firing.delete(id);
      if (labels) firing.set(id, labels);
      if (labels) index.add(id, labels);
    }
    equal(new Set(index.inhibitorsOf(target)), naive(rules, firing, target));
    const commit = new PendingInhibitors(index, rules);
    for (const [id, labels] of pending) {
      firing.delete(id);
      if (labels) firing.set(id, labels);
      if (labels) commit.fires(id, labels);
      else commit.ended(id);
    }
    const found = commit.of(target);
    const expected = naive(rules, firing, target);
    equal(found === undefined ? expected.size === 0 : expected.has(found), true);
  }));
});
