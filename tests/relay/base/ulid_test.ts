import { equal, match, ok, throws } from "node:assert/strict";
import { decodeTime, encodeTime, monotonicFactory, ulid } from "../../../relay/base/ulid.ts";

// The example of the specification: https://github.com/ulid/spec
Deno.test("a time is ten characters, and is read back", () => {
  equal(encodeTime(1_469_918_176_385), "01ARYZ6S41");
  equal(decodeTime("01ARYZ6S41TSV4RRFFQ69G5FAV"), 1_469_918_176_385);
  for (const time of [0, 1, 31, 32, 1_795_142_580_000, 2 ** 48 - 1]) equal(decodeTime(ulid(time)), time);
});

Deno.test("an id is 26 characters of Crockford's base 32, and no two are the same", () => {
  const ids = Array.from({ length: 1_000 }, () => ulid(5));
  for (const id of ids) match(id, /^0000000005[0-9A-HJKMNP-TV-Z]{16}$/);
  equal(new Set(ids).size, ids.length);
});

Deno.test("ids of a factory grow, in one millisecond and when the clock goes back, too", () => {
  const next = monotonicFactory();
  let last = "";
  for (const time of [7, 7, 7, 3, 8, 8, 1]) {
    const id = next(time);
    ok(id > last, `${id} after ${last}`);
    last = id;
  }
  equal(decodeTime(last), 8);
});

Deno.test("the last digit is carried to those before it", () => {
  const next = monotonicFactory(() => `0${"Z".repeat(15)}`);
  equal(next(1), `00000000010${"Z".repeat(15)}`);
  equal(next(1), `00000000011${"0".repeat(15)}`);
  equal(next(1), `00000000011${"0".repeat(14)}1`);
});

Deno.test("what is no time and what is no id is refused", () => {
  for (const time of [-1, 0.5, NaN, Infinity, 2 ** 48]) throws(() => encodeTime(time), RangeError, `${time}`);
  for (
    const id of ["", "01ARYZ6S41", "01ARYZ6S4UTSV4RRFFQ69G5FAV", "8ZZZZZZZZZ0000000000000000", "0".repeat(27)]
  ) {
    throws(() => decodeTime(id), RangeError, id);
  }
});
