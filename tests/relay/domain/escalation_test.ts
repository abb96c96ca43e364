import { deepStrictEqual as equal } from "node:assert/strict";
import { begun, eachEscalation, halted, resumed } from "../../../relay/domain/escalation.ts";

Deno.test("the time of an escalation stands still while somebody has the incident", () => {
  const at3 = halted(begun(1_000), 4_000);
  equal(at3, { from: 3_000, halted: true, done: 0, times: 0 });
  equal(resumed(at3, 10_000), { from: 7_000, done: 0, times: 0 });
});

Deno.test("halting twice and resuming twice change nothing more", () => {
  const once = halted(begun(1_000), 4_000);
  equal(halted(once, 9_000), once);
  const on = resumed(once, 10_000);
  equal(resumed(on, 20_000), on);
});

Deno.test("an escalation that waits for the end of quiet hours has used no time", () =>
  equal(halted(begun(9_000), 4_000), { from: 0, halted: true, done: 0, times: 0 }));

Deno.test("somebody who has the incident stops the hurry of a step that could not be delivered", () =>
  equal(halted({ from: 0, done: 1, times: 1, hurry: true }, 5), {
    from: 5,
    halted: true,
    done: 1,
    times: 1,
  }));

Deno.test("all escalations of an incident change together; an incident without any stays without", () => {
  equal(eachEscalation(undefined, (one) => halted(one, 5)), {});
  equal(eachEscalation({ "a/b": begun(1), "c/d": begun(2) }, (one) => halted(one, 5)), {
    escalations: {
      "a/b": { from: 4, halted: true, done: 0, times: 0 },
      "c/d": { from: 3, halted: true, done: 0, times: 0 },
    },
  });
});
