import { deepStrictEqual as equal } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import { type DrillPlan, nextSlot, slotNow, WHOLE_DRILL } from "../../../relay/domain/drill.ts";

const PLAN: DrillPlan = { ...WHOLE_DRILL, days: ["mon"], at: "10:00", timezone: "Asia/Shanghai" };
/** A Monday, 10:00 in Shanghai. */
const DUE = Date.UTC(2026, 10, 30, 2);
const WEEK = 7 * 24 * 60 * MINUTE;

for (
  const [when, now, slot] of [
    ["a minute before", DUE - MINUTE, undefined],
    ["at its time", DUE, DUE],
    ["a minute later, because the upkeep runs each minute", DUE + MINUTE, DUE],
    ["an hour later, when the relay was down at its time", DUE + 60 * MINUTE, undefined],
    ["at the same time of another day", DUE + 24 * 60 * MINUTE, undefined],
    ["a week later", DUE + WEEK, DUE + WEEK],
  ] as const
) {
  Deno.test(`${when} a drill is ${slot === undefined ? "not due" : "due"}`, () =>
    equal(slotNow(PLAN, now), slot));
}

Deno.test("the next drill is later than now, also while one is due", () => {
  equal(nextSlot(PLAN, DUE - 1), DUE);
  equal(nextSlot(PLAN, DUE), DUE + WEEK);
  equal(nextSlot({ ...PLAN, days: ["mon", "thu"] }, DUE), DUE + 3 * 24 * 60 * MINUTE);
});

Deno.test("local time decides, through a change to summer time", () => {
  const plan: DrillPlan = { ...PLAN, days: ["sun"], timezone: "Europe/Berlin" };
  const before = Date.UTC(2026, 2, 22, 9); // 10:00 at UTC+1
  equal(nextSlot(plan, before), Date.UTC(2026, 2, 29, 8));
});
