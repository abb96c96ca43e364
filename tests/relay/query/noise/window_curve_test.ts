import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../../relay/base/duration.ts";
import { Replay, type ReplayedAlert } from "../../../../relay/domain/replay.ts";
import { windowCurve } from "../../../../relay/query/noise/window_curve.ts";

const POLICY = { group: "ops/default", window: 5 * MINUTE, destinations: 1 };

function firing(minute: number, own: Partial<ReplayedAlert> = {}): ReplayedAlert {
  const at = minute * MINUTE;
  return {
    id: `I${String(minute).padStart(5, "0")}`,
    at,
    fingerprint: "f",
    status: "firing",
    severity: "warning",
    startsAt: at,
    dialect: "alarm_v2",
    acknowledged: false,
    outcome: "told",
    heartbeat: false,
    still: false,
    ...own,
  };
}

Deno.test("with a longer window the group is notified less often and waits longer", async () => {
  // Every four minutes for an hour.
  const alerts = Array.from({ length: 15 }, (_, index) => firing(4 * index));
  const { points, isPartial, from } = await windowCurve(alerts, POLICY, {
    windows: [HOUR, MINUTE, 10 * MINUTE, MINUTE],
    end: 2 * HOUR,
    staleAfter: 24 * HOUR,
    budget: 1_000,
  });
  equal(
    points.map((
      { window, counts: { told, folded }, longestWait },
    ) => [window / MINUTE, told, folded, longestWait / MINUTE]),
    [
      [1, 15, 0, 0],
      [10, 5, 10, 8], // told at 0, 12, 24 …; the one at 4 waits for the one at 12
      [60, 1, 14, 56], // until the window ends
    ],
  );
  equal([isPartial, from], [false, 0]);
});

const resent = (minute: number): ReplayedAlert => firing(minute, { startsAt: 0, dialect: "alertmanager" });

Deno.test("the wait ends with resolved, and neither a re-send nor a silenced alert waits", () => {
  const table: [what: string, alerts: ReplayedAlert[], minutes: number][] = [
    ["resolved after 20 minutes", [firing(0), firing(5), firing(25, { status: "resolved" })], 20],
    ["a re-send", [
      resent(0),
      resent(20),
      firing(90, { status: "resolved" }),
    ], 0],
    ["silenced", [firing(0), firing(5), firing(7, { silence: "s" }), firing(50, { silence: "s" })], 2],
    ["the period ends before the window does", [firing(0), firing(5)], 25],
  ];
  for (const [what, alerts, minutes] of table) {
    const replay = new Replay({ ...POLICY, window: HOUR, repeat: 4 * HOUR }, { staleAfter: 24 * HOUR });
    for (const alert of alerts) replay.add(alert);
    equal(replay.longestWait(30 * MINUTE) / MINUTE, minutes, what);
  }
});

Deno.test("without time only the newest alerts are replayed, the same ones with each window", async () => {
  const alerts = Array.from({ length: 5_000 }, (_, index) => firing(index));
  const { points, alerts: decided, from, isPartial } = await windowCurve(alerts, POLICY, {
    windows: [MINUTE, HOUR],
    end: 5_000 * MINUTE,
    staleAfter: 24 * HOUR,
    budget: 0,
  });
  equal([decided, from, isPartial], [200, 4_800 * MINUTE, true]);
  for (const { counts: { told, folded, suppressed } } of points) equal(told + folded + suppressed, 200);
  ok(points[0]!.counts.told > points[1]!.counts.told);
});

Deno.test("without alerts the counts of each window are zero", async () => {
  const { points, alerts } = await windowCurve([], POLICY, {
    windows: [MINUTE],
    end: HOUR,
    staleAfter: HOUR,
    budget: 10,
  });
  equal([points, alerts], [[{
    window: MINUTE,
    counts: { told: 0, folded: 0, suppressed: 0 },
    longestWait: 0,
  }], 0]);
});
