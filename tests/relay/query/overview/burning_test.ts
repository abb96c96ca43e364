import { deepStrictEqual as equal } from "node:assert/strict";
import { burningOf } from "../../../../relay/query/overview/burning.ts";
import { hoursUntil } from "../../../../relay/query/overview/hours.ts";
import type { Severity } from "../../../../relay/domain/severity.ts";
import type { Incident } from "../../../../relay/domain/incident.ts";
import { incident } from "../../../kit/domain.ts";

/** Ids sort by time. */
const idOf = (number: number): string => `I${String(number).padStart(6, "0")}`;

function burning(number: number, severity: Severity, groups: readonly string[] = ["ops/default"]): Incident {
  const window = { until: 0, severity, told: "", at: 0, folded: 0, deliveries: 1, dead: [] };
  const windows = Object.fromEntries(groups.map((group) => [group, window]));
  return incident({ id: idOf(number), at: number, severity, windows, known: number % 2 === 0 });
}

Deno.test("the worst come first, of the same severity the newest; all are counted", async () => {
  const { total, known, severities, worst } = await burningOf([
    burning(1, "warning"),
    burning(2, "critical"),
    burning(3, "warning"),
    burning(4, "critical"),
  ], { more: false });
  equal([total, known, severities], [4, 2, { critical: 2, error: 0, warning: 2, info: 0 }]);
  equal(worst.map(({ id }) => id), [4, 2, 3, 1].map(idOf));
});

Deno.test("of very many the newest are shown, whatever their order", async () => {
  const numbers = Array.from({ length: 10_000 }, (_, index) => (index * 7_919) % 10_000);
  const { total, worst } = await burningOf(numbers.map((number) => burning(number, "info")), { more: true });
  equal(total, 10_000);
  equal(worst.map(({ openedAt }) => openedAt), Array.from({ length: 10 }, (_, index) => 9_999 - index));
});

Deno.test("an incident counts for each of its groups, and the groups with the worst come first", async () => {
  const { groups } = await burningOf([
    burning(1, "warning", ["a/a", "b/b"]),
    burning(2, "warning", ["a/a"]),
    burning(3, "critical", ["b/b"]),
  ], { more: false });
  equal(groups.map(({ group, severities: { critical, warning } }) => [group, critical, warning]), [
    ["b/b", 1, 1],
    ["a/a", 0, 2],
  ]);
});

Deno.test("a day has 24 hours, those without alerts, too", () => {
  const hours = hoursUntil(
    100,
    new Map([[99, {
      accepted: { accepted: 5, "folded default ops/default": 2, "folded rule:0 dba/x": 1, "routed a": 3 },
      done: new Map([["a", { delivered: 2, dead: 1 }], ["b", { delivered: 1 }]]),
    }]]),
  );
  equal(hours.length, 24);
  equal(hours.at(-2), { from: 99 * 3_600_000, accepted: 5, folded: 3, delivered: 3, dead: 1 });
  equal(hours.at(-1), { from: 100 * 3_600_000, accepted: 0, folded: 0, delivered: 0, dead: 0 });
});
