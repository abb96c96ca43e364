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
  ["of none there is nothing to silence", [], true, []],
  ["of one: everything but what changes", [disk("a")], true, [
    'alertname="Disk"',
    'job="node"',
    'instance="a"',
  ]],
  ["of a group: what all share", [disk("a"), disk("b")], false, ['alertname="Disk"', 'job="node"']],
  ["of chosen ones: how they differ, too", [disk("a.b"), disk("c|d")], true, [
    'alertname="Disk"',
    'job="node"',
    'instance=~"a[.]b|c[|]d"',
  ]],
  ["names that differ are listed in any case", [disk("a"), disk("a", { alertname: "Cpu" })], false, [
    'alertname=~"Cpu|Disk"',
    'job="node"',
    'instance="a"',
  ]],
  ["a label that one lacks is not shared", [disk("a", { rack: "1" }), disk("a")], false, [
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

Deno.test("a silence for chosen alerts covers each of them, whatever signs their labels have", () => {
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
