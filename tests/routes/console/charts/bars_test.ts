import { deepStrictEqual as equal } from "node:assert/strict";
import { barChart } from "../../../../routes/console/charts/bars.ts";
import { scaleFor } from "../../../../routes/console/charts/scale.ts";

const SERIES = [{ label: "Critical", tone: "critical", sign: "◆" }, { label: "Info", tone: "info" }];

Deno.test("an axis ends at a round number that contains all values, and its half is a whole number", () => {
  const table: [values: number[], end: number][] = [
    [[], 2],
    [[0, 0], 2],
    [[1], 2],
    [[2], 2],
    [[3], 4],
    [[5], 6],
    [[7, 2], 8],
    [[9], 10],
    [[11], 20],
    [[99], 100],
    [[100], 100],
    [[101], 200],
    [[48_000], 60_000],
  ];
  for (const [values, end] of table) equal(scaleFor(values), { end, marks: [0, end / 2, end] }, `${values}`);
});

Deno.test("the most severe stands at the bottom of a stack, and what is not nothing can be seen", () => {
  const { slots, axis, legend } = barChart({
    title: "",
    unit: "",
    of: "",
    series: SERIES,
    bars: [{ label: "10:00", values: [5, 5] }, { label: "11:00", values: [0, 0] }, {
      label: "12:00",
      values: [1, 999],
    }],
  });
  equal(axis, ["0", "500", "1,000"]);
  equal(legend.map(({ total }) => total), ["6", "1,004"]);
  const [first, none, last] = slots.map(({ parts }) => parts.map(({ tone, y, height }) => [tone, y, height]));
  equal(first, [["critical", "98.8%", "1.2%"], ["info", "97.6%", "1.2%"]]);
  equal(none, []);
  equal(last, [["critical", "98.8%", "1.2%"], ["info", "0%", "99.9%"]]);
  equal(slots[0]!.title, "10:00\nCritical: 5\nInfo: 5");
});

Deno.test("what was not measured is no bar and a dash in the table", () => {
  const { slots, rows, isEmpty } = barChart({
    title: "",
    unit: "",
    of: "",
    series: SERIES,
    shape: "grouped",
    bars: [{ label: "a", values: [null, 4], href: "/a" }],
  });
  equal(slots[0]!.parts.map(({ tone, x, width, height }) => [tone, x, width, height]), [
    ["info", "50%", "35.72%", "100%"],
  ]);
  equal(rows, [{ label: "a", href: "/a", cells: ["–", "4"] }]);
  equal(isEmpty, false);
});

Deno.test("of many labels some stand below the axis, the newest among them", () => {
  const bars = Array.from({ length: 24 }, (_, hour) => ({ label: "", mark: `${hour}`, values: [1] }));
  const { marks } = barChart({ title: "", unit: "", of: "", series: SERIES.slice(1), bars, marks: 8 });
  equal(marks.map(({ text }) => text), ["2", "5", "8", "11", "14", "17", "20", "23"]);
  equal(marks.at(-1)!.x, "97.917%");
});
