import { deepStrictEqual as equal } from "node:assert/strict";
import { DAYS } from "../../../relay/domain/hours.ts";
import { heldUntil, type Quiet } from "../../../relay/domain/quiet.ts";

const NIGHT: Quiet = { from: "22:00", to: "08:00", days: DAYS };
const WEEKEND: Quiet = { from: "00:00", to: "00:00", days: ["sat", "sun"] };

/** Zone, quiet hours, now → their end; `undefined` if a warning may be sent at once. */
const TABLE: [string, string, Quiet | readonly Quiet[], string, string?][] = [
  ["before they begin", "Asia/Shanghai", NIGHT, "2026-11-20T21:59:59.999+08:00"],
  ["as they begin", "Asia/Shanghai", NIGHT, "2026-11-20T22:00:00+08:00", "2026-11-21T08:00:00+08:00"],
  ["after midnight", "Asia/Shanghai", NIGHT, "2026-11-21T03:00:00+08:00", "2026-11-21T08:00:00+08:00"],
  ["as they end", "Asia/Shanghai", NIGHT, "2026-11-21T08:00:00+08:00"],
  ["in another zone", "America/New_York", NIGHT, "2026-11-21T03:00:00+08:00"],
  [
    "within a day",
    "UTC",
    { from: "12:00", to: "14:00", days: DAYS },
    "2026-11-20T13:59:59Z",
    "2026-11-20T14:00:00Z",
  ],
  ["within a day, after it", "UTC", { from: "12:00", to: "14:00", days: DAYS }, "2026-11-20T14:00:00Z"],
  [
    "the night that begins on Friday",
    "UTC",
    { ...NIGHT, days: ["fri"] },
    "2026-11-21T07:00:00Z",
    "2026-11-21T08:00:00Z",
  ],
  ["the night that begins on Saturday", "UTC", { ...NIGHT, days: ["fri"] }, "2026-11-21T22:00:00Z"],
  ["the morning before Friday's night", "UTC", { ...NIGHT, days: ["fri"] }, "2026-11-20T07:00:00Z"],
  [
    "a whole day",
    "UTC",
    { from: "00:00", to: "00:00", days: ["sat"] },
    "2026-11-21T12:00:00Z",
    "2026-11-22T00:00:00Z",
  ],
  ["Saturday and Sunday", "UTC", WEEKEND, "2026-11-21T12:00:00Z", "2026-11-23T00:00:00Z"],
  ["the last moment of Friday", "UTC", WEEKEND, "2026-11-20T23:59:59.999Z"],
  ["nights and weekends", "UTC", [NIGHT, WEEKEND], "2026-11-20T23:00:00Z", "2026-11-23T08:00:00Z"],
  ["nights and weekends, on a workday", "UTC", [WEEKEND, NIGHT], "2026-11-23T08:00:00Z"],
  [
    "periods that overlap",
    "UTC",
    [{ from: "20:00", to: "23:00", days: DAYS }, NIGHT],
    "2026-11-20T20:00:00Z",
    "2026-11-21T08:00:00Z",
  ],
  [
    "a period inside another",
    "UTC",
    [NIGHT, { from: "23:00", to: "01:00", days: DAYS }],
    "2026-11-20T23:30:00Z",
    "2026-11-21T08:00:00Z",
  ],
  ...["23:59", "24:00"].map((to): [string, string, Quiet, string, string] => [
    `days that end at ${to}, in their last minute`,
    "UTC",
    { from: "00:00", to, days: ["sat", "sun"] },
    "2026-11-21T23:59:30Z",
    "2026-11-23T00:00:00Z",
  ]),
  [
    "midnights at which the clock is put back and forward",
    "Africa/Cairo",
    { from: "00:00", to: "24:00", days: ["thu", "fri"] },
    "2026-10-29T12:00:00+03:00",
    "2026-10-31T00:00:00+02:00",
  ],
  [
    "all hours of the week, of which the first end counts",
    "UTC",
    [{ from: "00:00", to: "12:00", days: DAYS }, { from: "12:00", to: "00:00", days: DAYS }],
    "2026-11-21T13:00:00Z",
    "2026-11-22T00:00:00Z",
  ],
  [
    "the night in which the clock is put forward",
    "Europe/Berlin",
    NIGHT,
    "2026-03-28T22:00:00+01:00",
    "2026-03-29T08:00:00+02:00",
  ],
  [
    "the night in which the clock is put back",
    "Europe/Berlin",
    NIGHT,
    "2026-10-25T03:30:00+01:00",
    "2026-10-25T08:00:00+01:00",
  ],
  [
    "an end that the clock skips",
    "Europe/Berlin",
    { from: "22:00", to: "02:30", days: DAYS },
    "2026-03-29T01:59:00+01:00",
    "2026-03-29T03:30:00+02:00",
  ],
];

for (const [name, timezone, quiet, now, end] of TABLE) {
  Deno.test(`quiet hours: ${name}`, () => {
    const held = heldUntil({ quiet: [quiet].flat(), timezone }, "warning", Date.parse(now));
    equal(
      held && new Date(held).toISOString(),
      end === undefined ? undefined : new Date(Date.parse(end)).toISOString(),
    );
    equal(
      heldUntil({ quiet: [quiet].flat(), timezone }, "critical", Date.parse(now)),
      undefined,
      "critical never waits",
    );
  });
}

Deno.test("a group without quiet hours is told at any time", () => {
  equal(heldUntil({ timezone: "UTC" }, "info", Date.UTC(2026, 0, 1, 3)), undefined);
});
