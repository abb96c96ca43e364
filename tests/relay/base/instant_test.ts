import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../../relay/base/duration.ts";
import { isInstant, LAST_INSTANT, readInstant } from "../../../relay/base/instant.ts";
import { formatTime } from "../../../relay/base/time.ts";
import { parseTime } from "../../../relay/base/period.ts";

const EIGHT_UTC = Date.UTC(2026, 0, 31, 8);
const EIGHT_SHANGHAI = Date.UTC(2026, 0, 31, 0);

const TIMES: [text: string, ms: number | undefined][] = [
  ["2026-01-31T08:00:00Z", EIGHT_UTC],
  ["2026-01-31T16:00:00+08:00", EIGHT_UTC],
  ["2026-01-31T16:00:00.123456789+08:00", EIGHT_UTC + 123],
  ["2026-01-31T16:00:00,5+0800", EIGHT_UTC + 500],
  ["2026-01-31T16:00:00 08:00", EIGHT_UTC],
  ["2026-01-31 16:00 +0800", EIGHT_UTC],
  ["2026-01-31t08:00:00z", EIGHT_UTC],
  ["2026-01-31T08:00:00", EIGHT_SHANGHAI],
  ["2026-01-31 08:00:00.250", EIGHT_SHANGHAI + 250],
  ["2026-01-31 8:00", EIGHT_SHANGHAI],
  ["2026-01-31", EIGHT_SHANGHAI - 8 * 3_600_000],
  ["Sat, 31 Jan 2026 08:00:00 GMT", EIGHT_UTC],
  ["9999-12-31T23:59:59.999Z", LAST_INSTANT],
  ["0001-01-01T00:00:00Z", -62_135_596_800_000],
  ["+275760-09-13T00:00:00Z", undefined],
  ["+010000-01-01T00:00:00Z", undefined],
  ["2026-13-01T00:00:00Z", undefined],
  ["2026-01-31T25:00:00", undefined],
  ["now", undefined],
  ["1", undefined],
  ["", undefined],
];

for (const [text, ms] of TIMES) {
  Deno.test(`"${text}" in Shanghai is ${ms === undefined ? "no time" : ms}`, () => {
    equal(readInstant(text, { timezone: "Asia/Shanghai" }), ms);
  });
}

Deno.test("a time without a zone means what the clock on the wall of its zone shows", () => {
  for (const timezone of ["America/New_York", "Asia/Kolkata", "UTC", "Australia/Lord_Howe"]) {
    const ms = readInstant("2026-07-01 12:34:56", { timezone })!;
    equal(formatTime(ms, { timezone }), "2026-07-01 12:34:56");
  }
});

Deno.test("whatever is read as a time or as how long ago is a time that can be shown", () => {
  const now = Date.UTC(2026, 0, 31);
  const text = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.maxSafeNat().map(String),
    fc.bigInt({ min: 0n, max: 10n ** 25n }).map((days) => `${days}d`),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    fc.integer({ min: -(10 ** 15), max: 10 ** 15 }).map((seconds) => formatDuration(seconds * 1_000)),
  );
  fc.assert(
    fc.property(text, (text) => {
      const ms = parseTime(text, { now, timezone: "Asia/Shanghai" });
      ok(ms === undefined || isInstant(ms), `${text}: ${ms}`);
      const length = parseDuration(text);
      ok(length === undefined || isInstant(now + length), `${text}: ${length}`);
    }),
    { numRuns: 3_000 },
  );
});
