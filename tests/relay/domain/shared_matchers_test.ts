import { deepStrictEqual as equal } from "node:assert/strict";
import type { Labels } from "../../../relay/domain/alert.ts";
import { matchesAll, parseMatcher } from "../../../relay/domain/matcher.ts";
import { sharedMatchers } from "../../../relay/domain/shared_matchers.ts";

const disk = (instance: string, own: Labels = {}): Labels => ({
  alertname: "Disk",
  severity: "critical",
  job: "node",
  instance,
  ...own,
});

const table: [name: string, all: Labels[], isChosen: boolean, expected: string[]][] = [
  ["no alerts: no matchers", [], true, []],
  ["one alert: every label that does not change", [disk("a")], true, [
    'alertname="Disk"',
    'job="node"',
    'instance="a"',
  ]],
  ["a group: the labels that all share", [disk("a"), disk("b")], false, ['alertname="Disk"', 'job="node"']],
  ["selected alerts: also the labels in which they differ", [disk("a.b"), disk("c|d")], true, [
    'alertname="Disk"',
    'job="node"',
    'instance=~"a[.]b|c[|]d"',
  ]],
  ["different names of alerts are always listed", [disk("a"), disk("a", { alertname: "Cpu" })], false, [
    'alertname=~"Cpu|Disk"',
    'job="node"',
    'instance="a"',
  ]],
  ["a label that one alert lacks is left out", [disk("a", { rack: "1" }), disk("a")], false, [
    'alertname="Disk"',
    'job="node"',
    'instance="a"',
  ]],
  ["too many alternatives are left out", Array.from({ length: 21 }, (_, n) => disk(`h-${n}`)), true, [
    'alertname="Disk"',
    'job="node"',
  ]],
  ["nothing in common", [{ a: "1" }, { b: "2" }], true, []],
];

Deno.test("a silence for selected alerts covers each of them, with any special characters in their labels", () => {
  const all = ["a.b", "c|d", "[e]", "f^g", "h\\\\i", "j$(k)*+?{1}", 'l"m'].map((instance) => disk(instance));
  const matchers = sharedMatchers(all, { isChosen: true }).map(parseMatcher);
  equal(all.filter((labels) => !matchesAll(matchers, labels)), []);
  equal(matchesAll(matchers, disk("axb")), false);
});

for (const [name, all, isChosen, expected] of table) {
  Deno.test(`the matchers of a silence for several alerts: ${name}`, () => {
    equal(sharedMatchers(all, { isChosen }), expected);
  });
}
