import "../../../relay/base/temporal.ts";
import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { DAY, MINUTE } from "../../../relay/base/duration.ts";
import { dateOf, dayNumber, dayOf, instantOf } from "../../../relay/base/local_day.ts";

const zone = fc.constantFrom(...Intl.supportedValuesOf("timeZone"), "UTC", "+05:45", "Pacific/Apia");
const minute = fc.integer({ min: Date.UTC(1990) / MINUTE, max: Date.UTC(2040) / MINUTE });
const time = fc.tuple(fc.nat(23), fc.nat(59)).map((parts) =>
  parts.map((part) => String(part).padStart(2, "0")).join(":")
);

/** Times at which clocks change, in one of these years. */
const change = fc.tuple(zone, fc.integer({ min: 1990, max: 2036 })).map(([timezone, year]) => {
  const start = Temporal.Instant.fromEpochMilliseconds(Date.UTC(year)).toZonedDateTimeISO(timezone);
  const at = start.getTimeZoneTransition("next")?.epochMilliseconds ?? start.epochMilliseconds;
  return { timezone, at: Math.floor(at / MINUTE) };
});

function check(timezone: string, ms: number, wall: string): void {
  const date = Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timezone).toPlainDate();
  const day = dayOf(ms, timezone);
  equal(dateOf(day), date.toString());
  equal(dayNumber(date.toString()), day);
  equal(
    instantOf(day, wall, timezone),
    date.toZonedDateTime({ timeZone: timezone, plainTime: wall }).epochMilliseconds,
    `${timezone} ${date} ${wall}`,
  );
}

Deno.test("local days and times are those of Temporal, in every zone", () => {
  fc.assert(fc.property(zone, minute, time, (timezone, at, wall) => check(timezone, at * MINUTE, wall)));
});

Deno.test("local days and times are those of Temporal also around a change of the clock", () => {
  fc.assert(
    fc.property(
      change,
      fc.integer({ min: -3 * 24 * 60, max: 3 * 24 * 60 }),
      time,
      ({ timezone, at }, off, wall) => {
        check(timezone, (at + off) * MINUTE, wall);
      },
    ),
  );
});

Deno.test("a day that a zone skipped begins with the next one", () => {
  const skipped = dayNumber("2011-12-30");
  equal(instantOf(skipped, "00:00", "Pacific/Apia"), instantOf(skipped + 1, "00:00", "Pacific/Apia"));
  equal(dayOf(instantOf(skipped, "00:00", "Pacific/Apia") - 1, "Pacific/Apia"), skipped - 1);
  equal(instantOf(0, "00:00", "UTC"), 0);
  equal(instantOf(-1, "00:00", "UTC"), -DAY);
});
