import { deepStrictEqual as equal, notDeepStrictEqual as different, ok } from "node:assert/strict";
import fc from "fast-check";
import { fingerprint } from "../../../relay/domain/fingerprint.ts";

const label = fc.string({
  unit: fc.constantFrom("a", "b", '"', "\\", ",", ":", "=", "\n", "汉", "\ud800", "\udfff", "", "\0"),
});
const labels = fc.dictionary(label, label, { maxKeys: 5 });

Deno.test("labels in any order have one fingerprint", () => {
  fc.assert(fc.property(labels, (labels) => {
    const reversed = Object.fromEntries(Object.entries(labels).reverse());
    equal(fingerprint("d", labels), fingerprint("d", reversed));
  }));
});

Deno.test("two alerts that differ in any label never have one fingerprint", () => {
  const sorted = (labels: object): string =>
    JSON.stringify(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
  fc.assert(
    fc.property(labels, labels, (a, b) => {
      if (sorted(a) === sorted(b)) equal(fingerprint("d", a), fingerprint("d", b));
      else different(fingerprint("d", a), fingerprint("d", b));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("what would look the same when it was simply joined is kept apart", () => {
  const seen = [
    { a: "b", c: "d" },
    { a: 'b","c":"d' },
    { "a=b,c": "d" },
    { a: "b,c=d" },
    { ab: "" },
    { a: "b" },
    { a: "\ud800" },
    { a: "\udfff" },
    { a: "\ufffd" },
    JSON.parse('{"__proto__":"x"}'),
    {},
  ].map((labels) => fingerprint("d", labels));
  equal(new Set(seen).size, seen.length);
});

Deno.test("the dialect is part of it, and it is 32 hex digits", () => {
  different(fingerprint("a", {}), fingerprint("b", {}));
  equal(/^[0-9a-f]{32}$/.test(fingerprint("a", { 汉: "字" })), true);
});

Deno.test("ten times the labels take about ten times as long, and still make the alert what it is", () => {
  const labels = manyLabels(500_000);
  const hash = fingerprint("test", labels);
  equal(fingerprint("test", { ...labels }), hash);
  different(fingerprint("test", { ...labels, l1: "x" }), hash);
  // A square of the labels would take a hundred times as long.
  const ratio = fastest(labels) / fastest(manyLabels(50_000));
  ok(ratio < 50, `${ratio}`);
});

function manyLabels(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index * 7919 % count}`, ""]));
}

/** Milliseconds of the fastest of three runs. */
function fastest(labels: Record<string, string>): number {
  return Math.min(...Array.from({ length: 3 }, () => {
    const started = performance.now();
    fingerprint("test", labels);
    return performance.now() - started;
  }));
}
