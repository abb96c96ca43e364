import { deepStrictEqual as equal } from "node:assert/strict";
import { watchTimers } from "../../../relay/channel/open_timers.ts";

const HERE = new URL("./", import.meta.url);

Deno.test("the timers of a folder are known until they are cleared or have run, and others are left alone", async () => {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  try {
    const elsewhere = watchTimers([new URL("file:///no/such/folder/")]);
    const left = watchTimers([HERE]);
    const { promise, resolve } = Promise.withResolvers<string>();
    globalThis.setTimeout(resolve, 1, "its argument");
    const timeout = globalThis.setTimeout(() => {}, 60_000);
    const interval = globalThis.setInterval(() => {}, 60_000);
    equal(left().map((place) => place.replace(/:\d+:\d+$/, "")), Array(3).fill("open_timers_test.ts"));
    equal([await promise, left().length], ["its argument", 2]);
    globalThis.clearTimeout(timeout);
    globalThis.clearInterval(interval);
    equal([left(), elsewhere()], [[], []]);
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval });
  }
});
