import { deepStrictEqual as equal, notDeepStrictEqual as different, ok } from "node:assert/strict";
import { KvFaultList } from "../../../simulator/_kv_faults.ts";
import { type Action, planOf, wordsOf } from "../../../tasks/chaos/plan.ts";

const OPTIONS = { seconds: 1_800, relays: ["a", "b", "c"], clocks: true };

function actionsOf(seed: number): Action[] {
  return planOf({ ...OPTIONS, seed }).flat().map(({ action }) => action);
}

Deno.test("a seed makes the same plan again, and another seed another one", () => {
  equal(planOf({ ...OPTIONS, seed: 1 }), planOf({ ...OPTIONS, seed: 1 }));
  different(planOf({ ...OPTIONS, seed: 1 }), planOf({ ...OPTIONS, seed: 2 }));
});

Deno.test("half an hour has everything in it, each with words of its own", () => {
  const actions = actionsOf(1);
  for (const kind of ["kill", "stop", "freeze", "partition", "database", "latency", "clock", "vendor"]) {
    ok(actions.filter((action) => action.kind === kind).length >= 10, kind);
  }
  equal(
    planOf({ ...OPTIONS, seed: 1, clocks: false }).flat().some(({ action }) => action.kind === "clock"),
    false,
  );
  ok(actions.every((action) => !/undefined|NaN/.test(wordsOf(action))), "a number is missing");
});

Deno.test("the actions of a track do not overlap: at most one relay is down at a time", () => {
  for (const track of planOf({ ...OPTIONS, seed: 3 })) {
    let end = 0;
    for (const { at, action } of track) {
      ok(at >= end, `${wordsOf(action)} at ${at} s: the one before lasts until ${end} s`);
      end = at + action.seconds;
    }
  }
});

Deno.test("the proxy takes every fault of the database that is planned", () => {
  for (const action of actionsOf(4)) {
    if (action.kind !== "database") continue;
    const faults = new KvFaultList(Math.random);
    faults.add(action.fault);
    faults.heal();
  }
});
