import { deepStrictEqual as equal } from "node:assert/strict";
import { DAY, HOUR } from "../../../relay/base/duration.ts";
import type { Group } from "../../../relay/domain/group.ts";
import { Gaps } from "../../../relay/query/gaps.ts";
import { group } from "../../kit/domain.ts";

const NOON = Date.parse("2026-11-17T12:00:00+08:00");
const li = { id: "li" };
/** No overrides: one list, as the store gives it. */
const NONE: never[] = [];

/** A group whose gap is every night. */
const withGaps = (level: string): Group =>
  group({
    id: `ops/${level}`,
    members: [li],
    oncall: {
      overrides: [],
      layers: [{
        turns: [[li]],
        start: "2026-01-01",
        handover: "09:00",
        every: 7,
        hours: { from: "09:00", to: "21:00", days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] },
      }],
    },
  });

Deno.test("each call looks at some of very many calendars, until the gaps of all are known", () => {
  const all = Array.from({ length: 500 }, (_, index) => withGaps(String(index)));
  const groups = new Map(all.map((one) => [one.id, one]));
  const gaps = new Gaps({
    store: { overrides: { of: () => NONE, all: () => [] } },
    config: { groups },
    clock: { now: () => NOON },
  });
  const known = (): number => gaps.coverage().filter(({ gap }) => gap !== undefined).length;
  equal([known(), known(), known(), known()], [200, 400, 500, 500]);
  equal(gaps.warnings("en").length, 21, "the first twenty, and how many more there are");
});

Deno.test("a gap is found anew when it is over, and within an hour when the calendar comes nearer to one", () => {
  let now = NOON;
  const one = withGaps("dba");
  const gaps = new Gaps({
    store: { overrides: { of: () => NONE, all: () => [] } },
    config: { groups: new Map([[one.id, one]]) },
    clock: { now: () => now },
  });
  const from = (): number => (gaps.coverage()[0]!.gap!.from - NOON) / HOUR;
  equal([from(), gaps.onCall(one)], [9, 1]);
  now += 10 * HOUR;
  equal([gaps.coverage()[0]!.gap!.until, gaps.onCall(one)], [NOON + 21 * HOUR, 0]);
  now = NOON + 21 * HOUR;
  equal([from(), gaps.onCall(one)], [33, 1]);
  now += 2 * DAY;
  equal(from(), 9 + 3 * 24);
});
