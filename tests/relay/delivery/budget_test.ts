import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import type { Rate } from "../../../relay/channel.ts";
import { forgottenAt, giveBack, roomIn, spend } from "../../../relay/delivery/budget.ts";
import type { Spent } from "../../../relay/store/lane_record.ts";
import { HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";

/** 16:00 in China. */
const NOW = Date.UTC(2026, 0, 31, 8);

const robot: Rate[] = [{ messages: 20, per: MINUTE }];

function spent(count: number, rates: readonly Rate[] = robot, at = NOW): Spent {
  let spent: Spent = {};
  for (let index = 0; index < count; index++) spent = spend(spent, rates, { now: at, at });
  return spent;
}

Deno.test("half of the places that are not kept for critical alerts are for messages one by one, the others for digests", () => {
  const table: [used: number, critical: boolean, free: number, calm: number, gap: number][] = [
    [0, false, 16, 8, 0],
    [7, false, 9, 1, 0],
    [8, false, 8, 0, 7_500],
    [16, false, 0, -8, 7_500],
    [0, true, 20, 18, 0],
    [16, true, 4, 2, 0],
    [18, true, 2, 0, 30_000],
    [20, true, 0, -2, 30_000],
  ];
  for (const [used, critical, free, calm, gap] of table) {
    const room = roomIn(spent(used), robot, { now: NOW, critical });
    equal([room.free, room.calm, room.gap], [free, calm, gap], `${used} used, critical: ${critical}`);
  }
});

Deno.test("a place is free again after its period, and not before", () => {
  const full = spent(20);
  equal(roomIn(full, robot, { now: NOW, critical: true }).next, NOW + MINUTE);
  equal(roomIn(full, robot, { now: NOW + MINUTE - 1, critical: true }).free, 0);
  equal(roomIn(full, robot, { now: NOW + MINUTE, critical: true }).free, 20);
  equal(roomIn(full, robot, { now: NOW, critical: false }).next, NOW + MINUTE);
  equal(forgottenAt(full), NOW + MINUTE);
  equal(forgottenAt({}), undefined);
});

Deno.test("several periods count at once, and the tightest decides", () => {
  const rates: Rate[] = [{ messages: 5, per: SECOND }, { messages: 100, per: MINUTE }];
  const used = spent(4, rates);
  equal(roomIn(used, rates, { now: NOW, critical: false }).free, 0);
  equal(roomIn(used, rates, { now: NOW, critical: true }).free, 1);
  equal(roomIn(used, rates, { now: NOW + SECOND + 20, critical: false }).free, 4);
  equal(roomIn(spent(80, rates), rates, { now: NOW + 2 * SECOND, critical: false }).next, NOW + MINUTE);
});

Deno.test("a rate of one message takes that one, whoever it is for", () => {
  const rates: Rate[] = [{ messages: 1, per: MINUTE }];
  equal(roomIn({}, rates, { now: NOW, critical: false }).calm, 1);
  equal(roomIn(spent(1, rates), rates, { now: NOW, critical: true }).next, NOW + MINUTE);
});

Deno.test("a quota ends at midnight in China, or with the month there", () => {
  const day: Rate[] = [{ messages: 10, per: "day" }];
  const month: Rate[] = [{ messages: 10, per: "month" }];
  equal(roomIn(spent(10, day), day, { now: NOW, critical: true }).next, Date.UTC(2026, 0, 31, 16));
  equal(roomIn(spent(10, month), month, { now: NOW, critical: true }).next, Date.UTC(2026, 0, 31, 16));
  const later = Date.UTC(2026, 1, 1, 0);
  equal(
    roomIn(spent(10, month, later), month, { now: later, critical: true }).next,
    Date.UTC(2026, 1, 28, 16),
  );
  equal(roomIn(spent(4, day), day, { now: NOW, critical: false }).gap, 5 * MINUTE, "nobody waits for hours");
  const evening = NOW + 7 * HOUR + 52 * MINUTE;
  equal(roomIn(spent(4, day, evening), day, { now: evening, critical: false }).gap, 2 * MINUTE);
});

Deno.test("a place that was counted at the latest time is counted from when the message had arrived", () => {
  const latest = NOW + 20 * SECOND;
  const before = spend({}, robot, { now: NOW, at: latest });
  equal(Object.keys(before["60000"]!), [String(latest + MINUTE)]);
  const arrived = NOW + SECOND;
  const after = spend(giveBack(before, robot, { now: arrived, at: latest }), robot, {
    now: arrived,
    at: arrived,
  });
  equal(after, { 60000: { [arrived + MINUTE]: 1 } });
});

Deno.test("whoever sends only when there is room never exceeds any rate, in any period", () => {
  const rate = fc.record({
    messages: fc.integer({ min: 1, max: 30 }),
    per: fc.constantFrom(1_000, 7_000, 60_000),
  });
  fc.assert(fc.property(
    fc.array(rate, { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.integer({ min: 0, max: 5_000 }), fc.boolean()), { maxLength: 200 }),
    (rates, steps) => {
      let now = NOW + 123;
      let places: Spent = {};
      const sent: { at: number; critical: boolean }[] = [];
      for (const [wait, critical] of steps) {
        now += wait;
        const room = roomIn(places, rates, { now, critical });
        ok(room.calm <= room.free);
        ok(room.free > 0 ? room.next === now : room.next > now, `${JSON.stringify(room)} at ${now}`);
        if (room.free < 1) continue;
        places = spend(places, rates, { now, at: now });
        sent.push({ at: now, critical });
      }
      for (const { messages, per } of rates) {
        for (const { at } of sent) {
          const inPeriod = sent.filter((other) => other.at > at - per && other.at <= at);
          ok(
            inPeriod.length <= messages,
            `${inPeriod.length} messages in ${per} ms, ${messages} are allowed`,
          );
        }
      }
    },
  ));
});
