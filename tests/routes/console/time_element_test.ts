import { equal, match } from "node:assert/strict";
import { briefTime, briefTimeElement } from "../../../routes/console/time_element.ts";

const ZONE = { timezone: "Asia/Shanghai" };

for (
  const [what, ms, expected] of [
    ["a time of today has no date", "2026-11-20T16:00:00Z", "00:00:00"],
    ["yesterday of the zone has one", "2026-11-20T15:59:59Z", "11-20 23:59:59"],
    ["another year is said", "2025-12-31T15:59:59Z", "2025-12-31 23:59:59"],
    ["a year of five digits, too", "9999-12-31T23:59:59Z", "10000-01-01 07:59:59"],
    ["what no calendar has is a question mark", "", "?"],
  ] as const
) {
  Deno.test(`a brief time: ${what}`, () => {
    equal(briefTime(Date.parse(ms), { now: Date.parse("2026-11-21T04:00:00+08:00"), ...ZONE }), expected);
  });
}

Deno.test("a brief time shows the whole one, here and at UTC, when one points at it", () => {
  const now = Date.parse("2026-11-20T18:00:00Z");
  const html = briefTimeElement(now - 60_000, { now, locale: "en", ...ZONE });
  match(html, /title="2026-11-21 01:59:00 · 2026-11-20 17:59:00 UTC">01:59 <span class="ago">1 min/);
});
