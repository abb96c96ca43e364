import { deepStrictEqual as equal } from "node:assert/strict";
import { attempt, configured, grade, message, startFake } from "fenghuo/testing";
import channel from "../template.ts";

const to = configured(channel);

Deno.test("the kit finds nothing wrong with it", async () => {
  equal(await grade(channel), []);
});

Deno.test("the vendor gets the alert once, with its title and its text", async () => {
  await using vendor = await startFake(to);
  const { verdict } = await attempt(to, message({ title: "DiskFull", body: "97 % full" }), vendor.respond);
  equal(verdict.kind, "delivered");
  equal(vendor.messages.map(({ json }) => json), [{
    id: message().id,
    title: "DiskFull",
    text: "97 % full",
  }]);
});

Deno.test("a vendor that is busy gets its rest", async () => {
  await using vendor = await startFake(to);
  vendor.answer(channel.fixtures!.throttled![0]!);
  const { verdict } = await attempt(to, message(), vendor.respond);
  equal([verdict.kind, vendor.messages.length], ["throttled", 0]);
});
