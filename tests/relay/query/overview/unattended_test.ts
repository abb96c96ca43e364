import { deepStrictEqual as equal } from "node:assert/strict";
import type { Severity } from "../../../../relay/domain/severity.ts";
import { groupUnattended, type UnattendedIncident } from "../../../../relay/query/overview/unattended.ts";

const one = (
  number: number,
  title: string,
  severity: Severity,
  quiet: "silenced" | "inhibited" | undefined = undefined,
): UnattendedIncident => ({
  id: `I${String(number).padStart(3, "0")}`,
  title,
  severity,
  openedAt: number * 1_000,
  quiet,
});

const NONE = { critical: 0, error: 0, warning: 0, info: 0 };

Deno.test("a storm of equal incidents is one line, the worst lines first, of equal severity the newest", () => {
  const storm = Array.from({ length: 30 }, (_, index) => one(100 + index, "NodeDown", "critical"));
  const { groups, others } = groupUnattended([
    one(1, "DiskFull", "warning"),
    one(2, "Certificate", "critical"),
    ...storm,
    one(3, "DiskFull", "error"),
    one(4, "Late", "info"),
  ], 3);
  equal(groups, [
    {
      title: "NodeDown",
      severity: "critical",
      count: 30,
      silenced: 0,
      inhibited: 0,
      since: 100_000,
      first: "I129",
    },
    {
      title: "Certificate",
      severity: "critical",
      count: 1,
      silenced: 0,
      inhibited: 0,
      since: 2_000,
      first: "I002",
    },
    {
      title: "DiskFull",
      severity: "error",
      count: 2,
      silenced: 0,
      inhibited: 0,
      since: 1_000,
      first: "I003",
    },
  ]);
  equal(others, { groups: 1, incidents: 1 });
});

Deno.test("the line of a group leads to its worst incident, in any order", () => {
  const some = [
    one(1, "T", "critical"),
    one(2, "T", "warning"),
    one(3, "T", "critical"),
    one(4, "T", "info"),
  ];
  for (const all of [some, some.toReversed()]) {
    equal(groupUnattended(all, 5).groups, [
      { title: "T", severity: "critical", count: 4, silenced: 0, inhibited: 0, since: 1_000, first: "I003" },
    ]);
  }
});

Deno.test("without open incidents there are no groups", () => {
  equal(groupUnattended([], 5), {
    groups: [],
    others: { groups: 0, incidents: 0 },
    quiet: { silenced: NONE, inhibited: NONE },
  });
});

Deno.test("groups that are wholly quiet come last, and silenced and inhibited incidents are counted apart", () => {
  const { groups, quiet } = groupUnattended([
    one(1, "Storm", "critical", "silenced"),
    one(2, "Storm", "critical", "inhibited"),
    one(3, "Half", "warning", "inhibited"),
    one(4, "Half", "warning"),
    one(5, "Loud", "info"),
  ], 5);
  equal(groups.map(({ title, count, silenced, inhibited }) => [title, count, silenced, inhibited]), [
    ["Half", 2, 0, 1],
    ["Loud", 1, 0, 0],
    ["Storm", 2, 1, 1],
  ]);
  equal(quiet, {
    silenced: { ...NONE, critical: 1 },
    inhibited: { ...NONE, critical: 1, warning: 1 },
  });
});
