import assert from "node:assert/strict";
import fc from "fast-check";
import { formatDuration, parseDuration } from "../../../relay/base/duration.ts";

const DURATIONS: readonly (readonly [text: string, ms: number])[] = [
  ["0", 0],
  ["500ms", 500],
  ["30s", 30_000],
  ["5m", 300_000],
  ["1h30m", 5_400_000],
  ["24h", 86_400_000],
  ["30d", 2_592_000_000],
  ["90s", 90_000],
  ["1d2h3m4s5ms", 93_784_005],
];

Deno.test("a duration is read in its units", () => {
  for (const [text, ms] of DURATIONS) assert.equal(parseDuration(text), ms, text);
});

Deno.test("what is no duration is told apart from 0", () => {
  for (
    const text of [
      "",
      " ",
      "5",
      "5 m",
      "-5m",
      "5M",
      "1.5h",
      "m",
      "5m1h",
      "5m5m",
      "1y",
      "99999999999999d",
      "٣m",
      "5m\n",
    ]
  ) {
    assert.equal(parseDuration(text), undefined, JSON.stringify(text));
  }
});

Deno.test("a duration is written in the largest units that fit", () => {
  for (
    const [ms, text] of [[0, "0"], [1, "1ms"], [5_400_000, "1h30m"], [86_400_000, "1d"], [
      90_000,
      "1m30s",
    ]] as const
  ) {
    assert.equal(formatDuration(ms), text);
  }
});

Deno.test("what is written is read back as the same", () => {
  fc.assert(fc.property(fc.nat(), (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
});
