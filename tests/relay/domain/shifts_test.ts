import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { DAY, HOUR, MINUTE } from "../../../relay/base/duration.ts";
import { formatTime } from "../../../relay/base/time.ts";
import { DAYS } from "../../../relay/domain/hours.ts";
import { onCall, type OnCallGroup } from "../../../relay/domain/oncall.ts";
import { withOverrides } from "../../../relay/domain/override.ts";
import type { Rotation } from "../../../relay/domain/rotation.ts";
import { endOfShift, gapsOf, type Shift, shiftsOf } from "../../../relay/domain/shifts.ts";

const [li, han, mei] = [{ id: "li" }, { id: "han" }, { id: "mei" }] as const;
const WEEK = { turns: [[li], [han]], start: "2026-11-16", handover: "09:00", every: 7 } as const;
const WORKDAYS = ["mon", "tue", "wed", "thu", "fri"] as const;

function group(layers: readonly Rotation[], timezone = "Asia/Shanghai"): OnCallGroup {
  return { members: [li, han, mei], timezone, oncall: { layers, overrides: [] } };
}

/** Shifts as a reader sees them: `11-16 09:00 li`. */
function inWords(shifts: readonly Shift[], timezone = "Asia/Shanghai"): string[] {
  return shifts.map(({ from, members, because }) =>
    `${formatTime(from, { timezone }).slice(5, 16)} ${
      because === "nobody" ? because : members.map(({ id }) => id).join("+")
    }`
  );
}

const at = (text: string): number => Date.parse(text);

Deno.test("a rotation has a shift for each of its turns", () => {
  const span = { from: at("2026-11-14T00:00+08:00"), until: at("2026-12-01T00:00+08:00") };
  equal(inWords(shiftsOf(group([WEEK]), span)), [
    "11-14 00:00 nobody",
    "11-16 09:00 li",
    "11-23 09:00 han",
    "11-30 09:00 li",
  ]);
});

Deno.test("a later layer counts in its hours, and the one below it in the others", () => {
  const nights = { ...WEEK, turns: [[mei]], hours: { from: "18:00", to: "09:00", days: WORKDAYS } };
  const span = { from: at("2026-11-19T12:00+08:00"), until: at("2026-11-21T12:00+08:00") };
  equal(inWords(shiftsOf(group([WEEK, nights]), span)), [
    "11-19 12:00 li",
    "11-19 18:00 mei",
    "11-20 09:00 li",
    "11-20 18:00 mei",
    "11-21 09:00 li",
  ]);
});

Deno.test("hours without anybody are gaps, in which all members are notified", () => {
  const days = { ...WEEK, hours: { from: "09:00", to: "18:00", days: WORKDAYS } };
  const calendar = group([days]);
  const span = { from: at("2026-11-20T12:00+08:00"), until: at("2026-11-23T12:00+08:00") };
  equal(inWords(gapsOf(calendar, span)), ["11-20 18:00 nobody"]);
  equal(gapsOf(calendar, span)[0]!.until, at("2026-11-23T09:00+08:00"));
  equal(onCall(calendar, at("2026-11-21T12:00+08:00")), [li, han, mei]);
});

Deno.test("layers of two zones follow the sun without a gap", () => {
  const east = { ...WEEK, turns: [[li]], hours: { from: "08:00", to: "20:00", days: DAYS } };
  const west = {
    ...east,
    turns: [[han]],
    timezone: "America/Mexico_City",
    hours: { ...east.hours, from: "06:00", to: "18:00" },
  };
  const span = { from: at("2026-12-01T00:00Z"), until: at("2026-12-02T12:00Z") };
  equal(inWords(shiftsOf(group([east, west]), span), "UTC"), [
    "12-01 00:00 li",
    "12-01 12:00 han",
    "12-02 00:00 li",
  ]);
});

Deno.test("the last override counts, and a person who left the group leaves it to the others", () => {
  const stored = (
    id: string,
    members: string[],
    from: string,
    until: string,
  ): Parameters<typeof withOverrides>[1][0] => ({
    id,
    group: "ops/default",
    from: at(from),
    until: at(until),
    members,
    by: "admin",
    comment: "",
    createdAt: 0,
  });
  const calendar = withOverrides(group([WEEK]) as Parameters<typeof withOverrides>[0], [
    stored("1", ["mei", "gone"], "2026-11-17T00:00+08:00", "2026-11-20T00:00+08:00"),
    stored("2", ["han"], "2026-11-18T00:00+08:00", "2026-11-19T00:00+08:00"),
    stored("3", ["gone"], "2026-11-18T00:00+08:00", "2026-11-30T00:00+08:00"),
  ]);
  const span = { from: at("2026-11-16T10:00+08:00"), until: at("2026-11-22T00:00+08:00") };
  equal(inWords(shiftsOf({ timezone: "Asia/Shanghai", ...calendar }, span)), [
    "11-16 10:00 li",
    "11-17 00:00 mei",
    "11-18 00:00 han",
    "11-19 00:00 mei",
    "11-20 00:00 li",
  ]);
});

/** Name, zone, handover, the beginning of the first turn. */
const CLOCK_CHANGES: [string, string, string, string][] = [
  ["a time that is skipped", "Europe/Berlin", "02:30", "2026-03-29T03:30:00+02:00"],
  ["a time that comes twice: its first", "America/New_York", "01:30", "2026-11-01T01:30:00-04:00"],
  ["a midnight that is skipped", "America/Asuncion", "00:00", "2024-10-06T01:00:00-03:00"],
  ["half an hour", "Australia/Lord_Howe", "02:15", "2026-10-04T02:45:00+11:00"],
];

for (const [name, timezone, handover, begins] of CLOCK_CHANGES) {
  Deno.test(`a handover while the clock is changed: ${name}`, () => {
    const start = begins.slice(0, 10);
    const onChange = group([{ turns: [[li], [han]], start, handover, every: 1 }], timezone);
    equal(onCall(onChange, at(begins) - 1), [li, han, mei], "before the first turn");
    equal(onCall(onChange, at(begins)), [li]);
    equal(onCall(onChange, at(begins) + 2 * HOUR), [li], "nobody goes back to the turn before");
  });
}

Deno.test("the end of a shift is found, however far it is", () => {
  const now = at("2026-11-16T09:00+08:00");
  equal(endOfShift(group([WEEK]), now), at("2026-11-23T09:00+08:00"));
  equal(endOfShift(group([{ ...WEEK, every: 200 }]), now), now + 200 * DAY);
  equal(endOfShift(group([{ ...WEEK, turns: [[li]] }]), now), undefined);
  equal(endOfShift({ members: [li], timezone: "UTC" }, now), undefined);
});

const time = fc.tuple(fc.nat(23), fc.nat(59)).map((parts) =>
  parts.map((part) => String(part).padStart(2, "0")).join(":")
);
const zone = fc.constantFrom(
  "Asia/Shanghai",
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/Asuncion",
  "Pacific/Apia",
  "Asia/Kolkata",
);
const someone = fc.uniqueArray(fc.constantFrom(li, han, mei), { minLength: 1, selector: ({ id }) => id });
const days = fc.uniqueArray(fc.constantFrom(...DAYS), { minLength: 1 });
const layer: fc.Arbitrary<Rotation> = fc.record({
  turns: fc.array(someone, { minLength: 1, maxLength: 4 }),
  start: fc.integer({ min: -40, max: 40 }).map((offset) =>
    new Date(at("2026-03-20T00:00Z") + offset * DAY).toISOString().slice(0, 10)
  ),
  handover: time,
  every: fc.integer({ min: 1, max: 15 }),
  timezone: zone,
  hours: fc.record({ from: time, to: fc.oneof(time, fc.constant("24:00")), days }),
}, { requiredKeys: ["turns", "start", "handover", "every"] });

Deno.test("in any calendar and zone the shifts follow each other, and say for each minute who is on call", () => {
  fc.assert(fc.property(
    fc.array(layer, { maxLength: 3 }),
    zone,
    fc.array(
      fc.record({ start: fc.nat(20_000), lasts: fc.integer({ min: 1, max: 5_000 }), members: someone }),
      {
        maxLength: 3,
      },
    ),
    fc.nat(10 * 24 * 60),
    fc.integer({ min: 1, max: 20 * 24 * 60 }),
    fc.array(fc.nat(1_000_000), { minLength: 30, maxLength: 30 }),
    (layers, timezone, periods, offset, minutes, looks) => {
      const begin = at("2026-03-20T00:00Z");
      const overrides = periods.map(({ start, lasts, members }) => ({
        from: begin + start * MINUTE,
        until: begin + (start + lasts) * MINUTE,
        members,
      }));
      const calendar: OnCallGroup = { members: [li, han, mei], timezone, oncall: { layers, overrides } };
      const from = begin + offset * MINUTE;
      const until = from + minutes * MINUTE;
      const shifts = shiftsOf(calendar, { from, until });
      equal(shifts[0]!.from, from);
      equal(shifts.at(-1)!.until, until);
      for (const [index, shift] of shifts.entries()) {
        ok(shift.from < shift.until);
        if (index > 0) equal(shift.from, shifts[index - 1]!.until);
      }
      const edges = shifts.flatMap(({ from, until }) => [from, until - 1]);
      for (const now of [...edges, ...looks.map((look) => from + look * MINUTE % (until - from))]) {
        const shift = shifts.find(({ from, until }) => from <= now && now < until)!;
        equal(onCall(calendar, now), shift.members);
        ok(onCall(calendar, now).length > 0, "never nobody");
      }
      equal(gapsOf(calendar, { from, until }), shifts.filter(({ because }) => because === "nobody"));
    },
  ));
});
