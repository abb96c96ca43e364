import { deepStrictEqual as equal } from "node:assert/strict";
import { BellWatch } from "../../../relay/delivery/bell_watch.ts";
import { TestClock } from "../../kit/clock.ts";

/** A ring by this instance or another one, at a time in milliseconds. */
type Ring = readonly [at: number, by: "this" | "another"];

const TABLE: [what: string, rings: Ring[], looks: string[]][] = [
  ["without a ring nobody looks", [], []],
  ["a ring of this instance leads to one look at all lanes", [[0, "this"]], ["all at 5000"]],
  ["a ring of another instance also to a look at what is worked on, at once", [[0, "another"]], [
    "own at 0",
    "all at 5000",
  ]],
  ["many rings are few looks", Array.from({ length: 50 }, (_, at): Ring => [at * 10, "another"]), [
    "own at 0",
    "own at 250",
    "own at 500",
    "all at 5000",
  ]],
  ["a ring after the look at all lanes leads to another one", [[0, "this"], [5_001, "this"]], [
    "all at 5000",
    "all at 10001",
  ]],
];

for (const [what, rings, expected] of TABLE) {
  Deno.test(`bells: ${what}`, () => {
    const clock = new TestClock(0);
    const looks: string[] = [];
    const watch = new BellWatch({
      clock,
      lookAtOwn: () => void looks.push(`own at ${clock.now()}`),
      lookAtAll: () => void looks.push(`all at ${clock.now()}`),
    });
    for (const [at, by] of rings) {
      clock.advance(at - clock.now());
      watch.rang({ byThis: by === "this" });
    }
    clock.advance(60_000);
    equal(looks, expected);
  });
}

Deno.test("bells: nobody looks after the end", () => {
  const clock = new TestClock(0);
  const watch = new BellWatch({
    clock,
    lookAtOwn: () => {},
    lookAtAll: () => {
      throw new Error("looked");
    },
  });
  watch.rang({ byThis: true });
  watch.stop();
  clock.advance(60_000);
});
