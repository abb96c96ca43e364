import { deepStrictEqual as equal } from "node:assert/strict";
import { HOUR, MINUTE } from "../../../../relay/base/duration.ts";
import { countAccepted, readAccepted, type Tally } from "../../../../relay/domain/tally.ts";
import { alertId, type LoggedAlert } from "../../../../relay/domain/record.ts";
import { ulid } from "../../../../relay/base/ulid.ts";
import { activityIn, hoursOfSteps, stepsUntil } from "../../../../relay/query/overview/activity.ts";
import { alert } from "../../../kit/domain.ts";

const NOON = Date.UTC(2026, 0, 31, 12);

function logged(minute: number, own: Parameters<typeof alert>[0], by = ""): LoggedAlert {
  const at = NOON + minute * MINUTE;
  return {
    id: alertId(ulid(at), 0),
    at,
    fingerprint: "f",
    incident: null,
    alert: alert(own),
    routing: by === ""
      ? []
      : [{ group: "ops/default", by: "default", outcome: { kind: "suppressed", by: by as "heartbeat" } }],
  };
}

Deno.test("an accepted alert is counted by its severity, and by the five minutes of its id", () => {
  const tally: Record<string, number> = {};
  countAccepted(tally, logged(0, { severity: "critical" }));
  countAccepted(tally, logged(4, { severity: "critical" }));
  countAccepted(tally, logged(59, { severity: "info" }));
  countAccepted(tally, logged(7, { severity: "error", status: "resolved" }));
  countAccepted(tally, logged(7, { severity: "error" }, "heartbeat"));
  equal(tally, {
    accepted: 5,
    "accepted critical 0": 2,
    "accepted info 55": 1,
    "accepted resolved 5": 1,
    "accepted heartbeat 5": 1,
    "suppressed heartbeat ops/default": 1,
  });
  equal(readAccepted("accepted critical 35"), { what: "accepted", kind: "critical", minute: 35 });
  equal(readAccepted("accepted"), { what: "accepted" });
});

Deno.test("the steps of a period end with the one that contains now; long ones begin at local midnight", () => {
  const now = NOON + 12 * MINUTE + 30_000;
  const at = (ms: number): string => new Date(ms).toISOString().slice(5, 16);
  const table = [
    ["1h", 0, 12, "01-31T11:15", "01-31T12:15"],
    ["6h", 0, 24, "01-31T06:15", "01-31T12:15"],
    ["24h", 0, 24, "01-30T13:00", "01-31T13:00"],
    ["7d", 0, 28, "01-24T18:00", "01-31T18:00"],
    ["7d", 8, 28, "01-24T16:00", "01-31T16:00"], // Shanghai: until midnight
    ["7d", 5.5, 28, "01-24T18:00", "01-31T18:00"], // Kolkata: within half an hour of it
  ] as const;
  for (const [range, offset, count, from, to] of table) {
    const steps = stepsUntil(range, { now, offset: offset * HOUR });
    equal([steps.length, at(steps[0]!.from), at(steps.at(-1)!.to)], [count, from, to], `${range} ${offset}`);
  }
});

Deno.test("alerts that an earlier version counted have no severity, and no place within their hour", () => {
  const hour = NOON / HOUR;
  const hours = new Map<number, Tally>([
    [hour, { accepted: 7, "accepted critical 0": 2, "accepted resolved 10": 1, "told default a/b": 7 }],
    [hour - 1, { accepted: 5, "accepted warning 55": 1 }],
    [hour - 30, { accepted: 100 }],
  ]);
  const now = NOON + 11 * MINUTE;
  const of = (range: "1h" | "24h"): ReturnType<typeof activityIn> =>
    activityIn(range, stepsUntil(range, { now, offset: 0 }), hours);
  const day = of("24h");
  equal(
    day.steps.slice(-2).map((
      { counts: { critical, warning, resolved, unknown } },
    ) => [critical, warning, resolved, unknown]),
    [
      [0, 1, 0, 4],
      [2, 0, 1, 4],
    ],
  );
  equal([day.total.unknown, day.unplaced], [8, 0]);
  const last = of("1h");
  equal(
    last.steps.slice(-4).map(({ counts: { critical, warning, resolved } }) => [critical, warning, resolved]),
    [
      [0, 1, 0],
      [2, 0, 0],
      [0, 0, 0],
      [0, 0, 1],
    ],
  );
  equal(last.total.unknown, 0);
});

Deno.test("a period reads only the hours that it touches", () => {
  const steps = stepsUntil("1h", { now: NOON + 12 * MINUTE, offset: 0 });
  equal(hoursOfSteps(steps), { from: NOON / HOUR - 1, to: NOON / HOUR + 1 });
});
