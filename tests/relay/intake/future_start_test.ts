import { deepStrictEqual as equal } from "node:assert/strict";
import { scene } from "../../kit/duty.ts";
import { MINUTE } from "../../../relay/base/duration.ts";

/** A start in the far future: the sender's clock is wrong. */
const FUTURE = "2099-01-01T00:00:00Z";

/** The time that many minutes after the start of the test. */
function at(minute: number): string {
  return new Date(Date.UTC(2026, 0, 31, 8) + minute * MINUTE).toISOString();
}

for (const exclusive of [true, false]) {
  const store = exclusive ? "an exclusive store" : "a shared store";

  Deno.test(`on ${store}, an incident that began in the future ends when its sender, whose clock is right again, says so`, async () => {
    await using house = await scene({ exclusive });
    equal(await house.fire({ startsAt: FUTURE }), "first");
    await house.minutes(6);
    equal(await house.fire({ status: "resolved", startsAt: at(5), endsAt: at(6) }), "resolved");
    equal(await house.house.relay.store.incidents.newest("open", 5), []);
    await house.minutes(1);
    equal(await house.fire({ startsAt: at(7) }), "first", "no late peer has sent it");
  });

  Deno.test(`on ${store}, a start that a right clock gives is new beside one in the future, and is sent again from then on`, async () => {
    await using house = await scene({ exclusive });
    equal(await house.fire({ startsAt: FUTURE }), "first");
    await house.minutes(6);
    equal(await house.fire({ startsAt: FUTURE }), "folded", "the same start is sent again");
    equal(await house.fire({ startsAt: at(5) }), "repeat");
    await house.minutes(6);
    equal(await house.fire({ startsAt: at(5) }), "folded");
    equal(await house.fire({ startsAt: at(11) }), "repeat");
  });
}

Deno.test("a clock that is some minutes ahead changes nothing", async () => {
  await using house = await scene({});
  equal(await house.fire({ startsAt: at(10) }), "first");
  await house.minutes(1);
  equal(await house.fire({ status: "resolved", startsAt: at(-20), endsAt: at(-3) }), "late_peer");
  await house.minutes(5);
  equal(await house.fire({ startsAt: at(10) }), "folded");
  equal(await house.fire({ startsAt: at(9) }), "folded", "its other half started it a minute before");
});
