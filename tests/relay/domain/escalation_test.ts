import { deepStrictEqual as equal } from "node:assert/strict";
import { MINUTE } from "../../../relay/base/duration.ts";
import { begun, eachEscalation, halted, resumed } from "../../../relay/domain/escalation.ts";
import type { EscalationStep } from "../../../relay/domain/escalation.ts";
import type { Severity } from "../../../relay/domain/severity.ts";
import { group, incident } from "../../kit/domain.ts";
import { afterDeadStep, afterStep, nextStep } from "../../../relay/domain/escalation_step.ts";

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

Deno.test("after a step that could not be delivered, the next one is not hurried once somebody has the incident", () =>
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

const STEPS: readonly EscalationStep[] = [
  { after: 10 * MINUTE, to: { group: "dba/lead" }, times: 1, every: MINUTE },
  { after: 20 * MINUTE, to: { destinations: [] }, only: ["critical"], times: 5, every: 4 * MINUTE },
  { after: 30 * MINUTE, to: { destinations: [] }, times: 2, every: 5 * MINUTE },
];

/** The minutes at which steps are taken, with their numbers: `20#2`. `delays`: minutes after a step was due, by number. */
function taken(severity: Severity, { delays = {} }: { delays?: Record<number, number> } = {}): string[] {
  const ops = group({ id: "ops/default", escalate: STEPS });
  let one = { ...incident({ id: "i", at: 0, severity }), escalations: { "ops/default": begun(0) } };
  const found: string[] = [];
  for (let now = 0;;) {
    const next = nextStep(one, ops, { now, groupOf: () => undefined });
    if (!next) return found;
    now = next.due + (delays[next.index + 1] ?? 0) * MINUTE;
    found.push(`${now / MINUTE}#${next.index + 1}`);
    const after = afterStep(one.escalations["ops/default"], next, {
      now,
      sent: { ids: "a", count: 1, dead: [] },
      told: [],
    });
    one = { ...one, escalations: { "ops/default": after } };
  }
}

Deno.test("a step is repeated until the next one is due, and only for its severities", () => {
  equal(taken("critical"), ["10#1", "20#2", "24#2", "28#2", "30#3", "35#3"]);
  equal(taken("warning"), ["10#1", "30#3", "35#3"]);
});

Deno.test("a step that is late moves those after it; a delay of a minute does not", () => {
  equal(taken("warning", { delays: { 1: 60 } }), ["70#1", "90#3", "95#3"]);
  equal(taken("warning", { delays: { 1: 1 } }), ["11#1", "30#3", "35#3"]);
});

Deno.test("only when all deliveries of a step are dead is the next one due at once", () => {
  const sent = { ...begun(0), times: 1, sent: { ids: "a-", count: 2, dead: [] } };
  equal(afterDeadStep(sent, "b-1"), undefined);
  const one = afterDeadStep(sent, "a-1")!;
  equal(one.hurry, undefined);
  equal(afterDeadStep(one, "a-1"), undefined, "the same delivery dies once");
  equal(afterDeadStep(one, "a-2")?.hurry, true);
});
