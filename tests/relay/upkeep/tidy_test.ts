import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import { Upkeep } from "../../../relay/upkeep/tidy.ts";
import type { UpkeepJob, UpkeepTools } from "../../../relay/upkeep/upkeep.ts";
import { TestClock } from "../../kit/clock.ts";

/** Upkeep of three jobs, each noting when it ran and since when; `fails`: whether the second one does. */
function upkeep(): { run: () => Promise<void>; clock: TestClock; ran: string[]; fails: { now: boolean } } {
  const clock = new TestClock();
  const startedAt = clock.now();
  const ran: string[] = [];
  const fails = { now: false };
  const job = (name: string): UpkeepJob => async (_tools, { now, since }) => {
    if (name === "second" && fails.now) throw new Error("the database is away");
    ran.push(`${name} at ${now - startedAt} since ${since - startedAt}`);
    await Promise.resolve();
  };
  const jobs = ["first", "second", "third"].map(job);
  const upkeep = new Upkeep({ clock } as unknown as UpkeepTools, { startedAt, jobs });
  return { run: () => upkeep.run(), clock, ran, fails };
}

Deno.test("each job of the upkeep runs in its turn, and is told when it was last done", async () => {
  const { run, clock, ran } = upkeep();
  clock.advance(60);
  await run();
  clock.advance(60);
  await run();
  equal(ran, [
    "first at 60 since 0",
    "second at 60 since 0",
    "third at 60 since 0",
    "first at 120 since 60",
    "second at 120 since 60",
    "third at 120 since 60",
  ]);
});

Deno.test("a job that fails ends the upkeep of the minute, and is due since it was last done", async () => {
  const { run, clock, ran, fails } = upkeep();
  clock.advance(60);
  fails.now = true;
  await rejects(run(), { message: "the database is away" });
  fails.now = false;
  clock.advance(60);
  await run();
  equal(ran, [
    "first at 60 since 0",
    "first at 120 since 60",
    "second at 120 since 0",
    "third at 120 since 0",
  ]);
});
