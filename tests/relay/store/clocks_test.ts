import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import { TestClock } from "../../kit/clock.ts";
import { visitor } from "../../kit/console.ts";
import { eventually } from "../../kit/eventually.ts";
import { SECRETS, type TestRelay, testRelay } from "../../kit/relay.ts";
import { withoutWatch } from "../../kit/without_watch.ts";

const START = Date.UTC(2026, 0, 31, 8);

/** Three instances; the clock of the second is `ahead` milliseconds ahead. */
async function fleet(
  ahead: number,
  { watched = true } = {},
): Promise<{ houses: TestRelay[] } & AsyncDisposable> {
  const kv = await Deno.openKv(":memory:");
  const one = watched ? kv : withoutWatch(kv);
  const houses: TestRelay[] = [];
  for (const start of [START, START + ahead, START]) {
    houses.push(await testRelay({ kv: one, exclusive: false, clock: new TestClock(start) }));
  }
  return {
    houses,
    async [Symbol.asyncDispose](): Promise<void> {
      for (const house of houses) await house[Symbol.asyncDispose]();
      kv.close();
    },
  };
}

/** A minute passes everywhere, and then these run their upkeep, one after the other. */
const minute = async (all: readonly TestRelay[], running = all): Promise<void> => {
  for (const house of all) house.clock.advance(MINUTE);
  for (const house of running) await house.relay.tidy();
};

const warned = ({ relay }: TestRelay): string[] =>
  relay.query.warnings().filter((words) => words.includes("clocks"));

Deno.test("a clock that is ahead is noticed by the others, and each instance warns of it", async () => {
  await using world = await fleet(5_200);
  const { houses } = world;
  await minute(houses, [houses[1]!]);
  await eventually("a warning", () => warned(houses[0]!).length === 1);
  await minute(houses); // what one has seen it leaves for the others
  await minute(houses);
  for (const house of houses) {
    match(warned(house).join(), /^The clocks of two instances differ by at least 5\.\d s: sync/);
  }
  const headers = { authorization: `Bearer ${SECRETS.adminPassword}` };
  const body = await (await houses[0]!.request("/readyz", { headers })).json();
  ok(body.ready && body.warnings.some((words: string) => words.includes("clocks")), JSON.stringify(body));
  const reader = await visitor(houses[0]!, "viewer");
  match((await reader.get("/")).html, /两个实例的时钟至少相差 5\.\d 秒/);
});

Deno.test("a difference of less than two seconds, and a slow database, are no reason to warn", async () => {
  await using world = await fleet(1_500);
  const { houses } = world;
  await minute(houses, [houses[1]!]);
  await eventually("the time of the other", () => houses[0]!.relay.store.clocks!.skew > 0);
  // A time that is seen long after it was left proves nothing.
  for (let count = 0; count < 3; count++) {
    await minute(houses, houses.slice(1));
    for (const house of houses) house.clock.advance(30_000);
    await houses[0]!.relay.tidy();
  }
  equal(houses.flatMap(warned), []);
});

Deno.test("without the watch a difference is seen in the times that instances leave", async () => {
  await using world = await fleet(90_000, { watched: false });
  const { houses } = world;
  await minute(houses);
  await minute(houses);
  equal(warned(houses[0]!).length, 1);
});

Deno.test("a clock that was set right is believed after some minutes", async () => {
  await using world = await fleet(5_000);
  const { houses: [one, two] } = world;
  await minute([one!, two!], [two!]);
  await eventually("a warning", () => warned(one!).length === 1);
  one!.clock.advance(5_000);
  for (let count = 0; count < 6; count++) await minute([one!, two!]);
  equal(warned(one!), []);
});

Deno.test("a relay that has its database for itself leaves no time and warns of none", async () => {
  await using house = await testRelay();
  await house.relay.tidy();
  equal(house.relay.store.clocks, undefined);
  equal(await Array.fromAsync(house.kv.list({ prefix: ["tick"] })), []);
});
