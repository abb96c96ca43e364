import { deepStrictEqual as equal } from "node:assert/strict";
import { Steps } from "../../channels/_smtp/steps.ts";
import { MINUTE } from "../../relay/base/duration.ts";

/** Steps whose last timer is recorded instead of awaited. */
function watched(): { steps: Steps; late: string[]; timer: () => { minutes: number; fire: () => void } } {
  const late: string[] = [];
  let last = { minutes: 0, fire: (): void => {} };
  const steps: Steps = new Steps(() => late.push(steps.waitingFor), {
    after: (fire, ms) => {
      last = { minutes: ms / MINUTE, fire };
      return undefined!;
    },
  });
  return { steps, late, timer: () => last };
}

Deno.test("each step has the time that RFC 5321 gives it, and its name when it is late", () => {
  const { steps, late, timer } = watched();
  const seen: [string, number][] = [];
  const see = (act: () => void): void => {
    act();
    seen.push([steps.waitingFor, timer().minutes]);
    timer().fire();
  };
  steps.heard(); // the greeting
  for (const command of ["EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA"]) {
    see(() => steps.said(command));
    steps.heard();
  }
  see(() => steps.sentBlock());
  see(() => steps.sentAll());
  equal(seen, [
    ["EHLO", 5],
    ["STARTTLS", 5],
    ["AUTH", 5],
    ["MAIL", 5],
    ["RCPT", 5],
    ["DATA", 2],
    ["the mail", 3],
    ["the end of the mail", 10],
  ]);
  equal(late, seen.map(([step]) => step));
});

Deno.test("of commands that are sent together the first without an answer is waited for", () => {
  const { steps, timer } = watched();
  steps.heard();
  for (const command of ["MAIL", "RCPT", "DATA"]) steps.said(command);
  equal([steps.waitingFor, timer().minutes], ["MAIL", 5]);
  steps.heard();
  steps.heard();
  equal([steps.waitingFor, timer().minutes], ["DATA", 2]);
});
