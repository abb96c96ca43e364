import { deepStrictEqual as equal } from "node:assert/strict";
import { onCall } from "../../../relay/domain/oncall.ts";

const [li, han, mei] = ["li", "han", "mei"].map((id) => ({ id })) as [{ id: string }, { id: string }, {
  id: string;
}];
const GROUP = { members: [li, han, mei], timezone: "Asia/Shanghai" };
const WEEKS = { turns: [[li], [han, mei]], start: "2026-11-16", handover: "09:00", every: 7 };

/** Rotation, zone, now → the person on call. */
const TABLE: [string, typeof WEEKS, string, string, string[]][] = [
  ["before it starts: everybody", WEEKS, "Asia/Shanghai", "2026-11-16T08:59:59+08:00", ["li", "han", "mei"]],
  ["the first turn begins", WEEKS, "Asia/Shanghai", "2026-11-16T09:00:00+08:00", ["li"]],
  ["the first turn's last minute", WEEKS, "Asia/Shanghai", "2026-11-23T08:59:59+08:00", ["li"]],
  ["two share the second", WEEKS, "Asia/Shanghai", "2026-11-23T09:00:00+08:00", ["han", "mei"]],
  ["it comes round", WEEKS, "Asia/Shanghai", "2026-11-30T09:00:00+08:00", ["li"]],
  ["a year on", WEEKS, "Asia/Shanghai", "2027-11-15T12:00:00+08:00", ["li"]],
  ["the zone decides", WEEKS, "America/New_York", "2026-11-23T09:00:00+08:00", ["li"]],
  ["day by day", { ...WEEKS, every: 1 }, "Asia/Shanghai", "2026-11-17T09:00:00+08:00", ["han", "mei"]],
  [
    "the clock is put back, and the wall's clock hands over",
    { ...WEEKS, start: "2026-10-24", every: 1 },
    "Europe/Berlin",
    "2026-10-25T09:00:00+01:00",
    ["han", "mei"],
  ],
  [
    "the clock is put back, a minute before",
    { ...WEEKS, start: "2026-10-24", every: 1 },
    "Europe/Berlin",
    "2026-10-25T08:59:00+01:00",
    ["li"],
  ],
];

for (const [name, oncall, timezone, now, called] of TABLE) {
  Deno.test(`on call: ${name}`, () => {
    equal(
      onCall({ ...GROUP, oncall: { layers: [oncall], overrides: [] }, timezone }, Date.parse(now)).map((
        { id },
      ) => id),
      called,
    );
  });
}

Deno.test("without a rotation everybody is called", () => equal(onCall(GROUP, 0), GROUP.members));
