import { deepStrictEqual as equal, ok } from "node:assert/strict";
import fc from "fast-check";
import { readAnyTime } from "../../../relay/base/any_time.ts";
import { isInstant } from "../../../relay/base/instant.ts";

const UTC = Date.UTC(2026, 10, 30, 2, 1, 5);

const TIMES: [value: unknown, ms: number | undefined][] = [
  [UTC, UTC],
  [UTC / 1_000, UTC],
  [String(UTC / 1_000), UTC],
  [`${UTC / 1_000}.5`, UTC + 500],
  [UTC * 1_000, UTC],
  [`${UTC}000000`, UTC],
  ["2026-11-30T02:01:05Z", UTC],
  ["2026-11-30 10:01:05", UTC],
  ["2026-11-30 10:01:05.250", UTC + 250],
  ["2026/11/30 10:01:05", UTC],
  ["2026/11/3", Date.UTC(2026, 10, 2, 16)],
  ["2026.11.30 10:01:05", UTC],
  ["20261130100105", UTC],
  ["Mon, 30 Nov 2026 02:01:05 GMT", UTC],
  ["2026-11-30 02:01:05 UTC", UTC],
  ["0", undefined],
  [0, undefined],
  [-1, undefined],
  [NaN, undefined],
  [1e30, undefined],
  ["9".repeat(25), undefined],
  ["2026-13-45", undefined],
  ["yesterday", undefined],
  ["", undefined],
  [null, undefined],
  [true, undefined],
  [{}, undefined],
];

for (const [value, ms] of TIMES) {
  Deno.test(`${JSON.stringify(value)} in Shanghai is ${ms ?? "no time"}`, () => {
    equal(readAnyTime(value, { timezone: "Asia/Shanghai" }), ms);
  });
}

Deno.test("every time that is read can be shown", () => {
  const value = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.double(),
    fc.bigInt({ min: 0n, max: 10n ** 25n }).map(String),
  );
  fc.assert(
    fc.property(value, (value) => {
      const ms = readAnyTime(value, { timezone: "Asia/Shanghai" });
      ok(ms === undefined || isInstant(ms), `${value}: ${ms}`);
    }),
  );
});
