import { deepStrictEqual as equal, match } from "node:assert/strict";
import {
  type DutyIncident,
  dutyPromises,
  type DutyRecords,
  isOpen,
  STEPS,
} from "../../../tasks/chaos/duty_audit.ts";

const FIRED: DutyIncident = { name: "duty-1", fingerprint: "f", firedAt: 0 };

function records(lead: number, boss: number, state = "delivered"): DutyRecords {
  const deliveries = (count: number): { id: string; fingerprint: string; state: string }[] =>
    Array.from({ length: count }, (_, index) => ({ id: `d${index}`, fingerprint: "f", state }));
  const got = (count: number): string[] => count > 0 ? ["f"] : [];
  return {
    escalations: { lead: deliveries(lead), boss: deliveries(boss) },
    received: { lead: got(lead), boss: got(boss) },
  };
}

Deno.test("nobody acknowledges it: each step is taken, once", () => {
  equal(dutyPromises([FIRED], records(1, 1)), []);
  const [lost, ...others] = dutyPromises([FIRED], records(1, 0));
  equal(others, []);
  equal(isOpen(lost!), true, "it may still come");
  match(lost!.seen, /boss was never notified of duty-1/);
  const [twice] = dutyPromises([FIRED], records(2, 1));
  equal(isOpen(twice!), false);
  match(twice!.seen, /lead was notified of duty-1 by d0 and d1/);
});

Deno.test("a step that is recorded as delivered must have arrived, and one that arrived must be recorded so", () => {
  const nowhere = { ...records(1, 1), received: { lead: ["f"], boss: [] } };
  equal(dutyPromises([FIRED], nowhere).length, 1);
  equal(dutyPromises([FIRED], records(1, 1, "pending")).length, 2);
});

Deno.test("an acknowledgement stops the steps that are due later, and those alone", () => {
  const acknowledged = (at: number): DutyIncident => ({ ...FIRED, askedAt: at, acknowledgedAt: at });
  const rows: [at: number, lead: number, boss: number, broken: number][] = [
    [1_000, 0, 0, 0],
    [1_000, 1, 0, 1],
    [1_000, 1, 1, 2],
    [STEPS.lead + 5_000, 1, 0, 0],
    [STEPS.lead + 5_000, 1, 1, 1],
    [STEPS.lead, 1, 0, 0],
    [STEPS.boss, 1, 1, 0],
  ];
  for (const [at, lead, boss, broken] of rows) {
    equal(dutyPromises([acknowledged(at)], records(lead, boss)).length, broken, `${at} ${lead} ${boss}`);
  }
  equal(dutyPromises([{ ...FIRED, askedAt: 9 }], records(0, 0)), [], "nobody knows whether it was");
});
