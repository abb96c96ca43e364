import { deepStrictEqual as equal } from "node:assert/strict";
import { SECOND } from "../../../relay/base/duration.ts";
import type { Clock } from "../../../relay/base/clock.ts";
import { DueSoon } from "../../../relay/upkeep/due_soon.ts";
import { TestClock } from "../../kit/clock.ts";
import { incident } from "../../kit/domain.ts";

const START = Date.UTC(2026, 0, 31);

/** A {@linkcode DueSoon} with the times of its work, and the number of its timers. */
function world(): { soon: DueSoon; clock: TestClock; seen: string[]; timers: () => number } {
  const clock = new TestClock(START);
  const seen: string[] = [];
  let timers = 0;
  const counting: Clock = {
    now: () => clock.now(),
    at(time, call): () => void {
      timers++;
      return clock.at(time, call);
    },
  };
  const soon = new DueSoon({
    clock: counting,
    at: ({ knownUntil = Infinity }) => knownUntil,
    run: (fingerprints) => {
      seen.push(`${(clock.now() - START) / SECOND}s ${[...fingerprints].join(" ")}`);
      return Promise.resolve();
    },
  });
  return { soon, clock, seen, timers: () => timers };
}

const due = (fingerprint: string, seconds: number): ReturnType<typeof incident> =>
  incident({ id: fingerprint, at: START, fingerprint, known: true, knownUntil: START + seconds * SECOND });

Deno.test("each incident is handled at its time, also when that becomes earlier, later or never", async () => {
  const { soon, clock, seen } = world();
  for (
    const [name, at] of [["later", 10], ["first", 30], ["never", 20], ["earlier", 50], ["last", 60]] as const
  ) {
    soon.note(due(name, at));
  }
  soon.note(due("later", 40));
  soon.note(due("earlier", 25));
  soon.note(due("never", 3_600));
  for (let second = 0; second < 70; second++) {
    clock.advance(SECOND);
    await soon.idle();
  }
  equal(seen, ["25s earlier", "30s first", "40s later", "60s last"]);
  await soon.stop();
});

Deno.test("of 200,000 incidents that are due at one time, each costs the same, and one timer is set", async () => {
  const { soon, clock, seen, timers } = world();
  for (let number = 0; number < 200_000; number++) soon.note(due(`${number}`, 30));
  equal(timers(), 1);
  clock.advance(30 * SECOND);
  await soon.idle();
  equal(seen.map((one) => one.split(" ").length - 1), [200_000]);
  await soon.stop();
});
