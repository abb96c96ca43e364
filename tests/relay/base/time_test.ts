import "../../../relay/base/temporal.ts";
import assert from "node:assert/strict";
import { formatAgo, formatDuration, formatTime } from "../../../relay/base/time.ts";

Deno.test("a time is shown in the group's zone", () => {
  const at = Date.UTC(2026, 10, 20, 2, 43, 0);
  const cases: [timezone: string, text: string][] = [
    ["Asia/Shanghai", "2026-11-20 10:43:00"],
    ["UTC", "2026-11-20 02:43:00"],
    ["America/New_York", "2026-11-19 21:43:00"],
  ];
  for (const [timezone, text] of cases) assert.equal(formatTime(at, { timezone }), text);
});

Deno.test("midnight is 00, and no time breaks a message", () => {
  assert.equal(formatTime(Date.UTC(2026, 0, 1), { timezone: "UTC" }), "2026-01-01 00:00:00");
  for (const ms of [NaN, Infinity, -Infinity, 8.64e15 + 1]) {
    assert.equal(formatTime(ms, { timezone: "UTC" }), "?");
  }
  assert.throws(() => formatTime(0, { timezone: "Nowhere/Atlantis" }), RangeError);
});

Deno.test("a zone's clock is followed through each of its changes, and in years when zones were odd", () => {
  const zones = [
    "Asia/Shanghai",
    "America/New_York",
    "Australia/Lord_Howe", // half an hour of summer time
    "Pacific/Chatham", // 12:45 ahead
    "Asia/Kathmandu",
    "America/St_Johns", // changed at one minute past midnight until 2011
    "Africa/Monrovia", // 44 minutes and 30 seconds behind until 1972
    "Pacific/Apia", // left out a day
  ];
  for (const timezone of zones) {
    for (const year of [1883, 1919, 1972, 1988, 2011, 2026, 9990]) {
      let changes = Temporal.PlainDate.from({ year, month: 1, day: 1 }).toZonedDateTime(timezone);
      for (let change = 0; change < 3; change++) {
        const next = changes.getTimeZoneTransition("next");
        const at = (next ?? changes).epochMilliseconds;
        for (const around of [-3_600_000, -1_000, -1, 0, 1, 59_999, 899_999, 900_000, 3_600_000]) {
          const wall = Temporal.Instant.fromEpochMilliseconds(at + around).toZonedDateTimeISO(timezone);
          const text = wall.toPlainDateTime().toString({ smallestUnit: "second" }).replace("T", " ");
          assert.equal(formatTime(at + around, { timezone }), text, `${timezone} ${wall}`);
        }
        if (!next) break;
        changes = next;
      }
    }
  }
});

Deno.test("a duration is told in its two largest units", () => {
  const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  const cases: [ms: number, zh: string, en: string][] = [
    [0, "0 秒", "0 s"],
    [-5, "0 秒", "0 s"],
    [NaN, "0 秒", "0 s"],
    [999, "0 秒", "0 s"],
    [59 * second, "59 秒", "59 s"],
    [minute, "1 分", "1 min"],
    [90 * second, "1 分 30 秒", "1 min 30 s"],
    [hour + 5 * minute + 7 * second, "1 小时 5 分", "1 h 5 min"],
    [hour + 7 * second, "1 小时", "1 h"],
    [3 * day + 4 * hour, "3 天 4 小时", "3 d 4 h"],
  ];
  for (const [ms, zh, en] of cases) {
    assert.equal(formatDuration(ms, "zh"), zh);
    assert.equal(formatDuration(ms, "en"), en);
  }
});

Deno.test("how long ago counts in one unit, and never in yesterdays", () => {
  const now = Date.UTC(2026, 10, 20);
  const cases: [secondsAgo: number, zh: string, en: string][] = [
    [0, "现在", "now"],
    [-9, "现在", "now"],
    [45, "45秒前", "45 sec. ago"],
    [300, "5分钟前", "5 min. ago"],
    [3 * 3600, "3小时前", "3 hr. ago"],
    [30 * 3600, "1天前", "1 day ago"],
    // Another clock may be a little ahead; a time further ahead is in the future.
    [-60, "现在", "now"],
    [-300, "5分钟后", "in 5 min."],
    [-30 * 3600, "1天后", "in 1 day"],
  ];
  for (const [seconds, zh, en] of cases) {
    assert.equal(formatAgo(now - seconds * 1000, { now, locale: "zh" }), zh);
    assert.equal(formatAgo(now - seconds * 1000, { now, locale: "en" }), en);
  }
});
