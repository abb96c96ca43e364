import { deepStrictEqual as equal } from "node:assert/strict";
import { incident } from "../../kit/domain.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import { countResponses, figuresIn, responsesIn, withAnswer } from "../../../relay/domain/response.ts";

const open = incident({ id: "i", at: 1_000 });
const told = { ...open, told: ["ops/default", "dba/lead"] };

/** The steps from state to state, as `kind after ms, answered or not`. */
function steps(...states: readonly Incident[]): string[] {
  let before: Incident | undefined;
  return states.flatMap((changed) => {
    const after = withAnswer(before, changed);
    const found = responsesIn(before, after);
    before = after;
    return found.map(({ kind, ms, answered }) => `${kind} ${ms}${answered ? " answered" : ""}`);
  });
}

for (
  const [name, states, expected] of [
    ["resolved by its sender", [told, { ...told, closedAt: 5_000, known: true }], ["ended 4000"]],
    ["acknowledged, then resolved", [
      told,
      { ...told, known: true, knownAt: 3_000 },
      { ...told, closedAt: 5_000, known: true },
    ], ["answered 2000 answered", "ended 4000 answered"]],
    ["an acknowledgement that expired, and a second one", [
      told,
      { ...told, known: true, knownAt: 3_000 },
      told,
      { ...told, known: true, knownAt: 4_000 },
    ], ["answered 2000 answered"]],
    ["closed by a person", [told, { ...told, closedAt: 2_500, closedBy: "li.lei", known: true }], [
      "answered 1500 answered",
      "ended 1500 answered",
    ]],
    ["reopened, and closed again", [
      told,
      { ...told, closedAt: 2_500, closedBy: "li.lei", known: true },
      told,
      { ...told, closedAt: 9_000, known: true },
    ], ["answered 1500 answered", "ended 1500 answered", "reopened 1500 answered", "ended 8000 answered"]],
    ["fell silent", [told, { ...told, closedAt: 5_000, stale: true as const }], []],
    ["fell silent, then resolved", [
      told,
      { ...told, closedAt: 5_000, stale: true as const },
      { ...told, closedAt: 9_000, known: true },
    ], ["ended 8000"]],
    ["nobody was notified", [open, { ...open, closedAt: 5_000, known: true }], []],
    ["another incident of the fingerprint", [told, { ...told, id: "j", closedAt: 5_000 }], []],
  ] as const
) {
  Deno.test(`${name}: ${expected.join(", ") || "nothing counts"}`, () => equal(steps(...states), expected));
}

Deno.test("an incident counts for each of its groups, and once for all of them; a reopened one does not count as ended", () => {
  const groups = ["ops/default", "dba/a b"];
  const figures = figuresIn(countResponses([
    { kind: "answered", ms: 10, answered: true, groups },
    { kind: "ended", ms: 30, answered: true, groups },
    { kind: "ended", ms: 50, answered: false, groups: ["ops/default"] },
    { kind: "reopened", ms: 30, answered: true, groups },
  ]));
  const ops = { answered: 1, answeredMs: 10, ended: 1, endedMs: 50, endedAnswered: 0 };
  equal(figures.get("ops/default"), ops);
  equal(figures.get(""), ops);
  equal(figures.get("dba/a b"), { answered: 1, answeredMs: 10, ended: 0, endedMs: 0, endedAnswered: 0 });
});

Deno.test("an acknowledgement that an earlier version stored is the first answer, whoever takes the incident later", () => {
  const acknowledged = { ...told, known: true, knownBy: "王芳", knownAt: 3_000 };
  const taken = { ...acknowledged, knownBy: "李雷", holder: "李雷", knownAt: 9_000 };
  equal(withAnswer(acknowledged, taken).answeredAt, 3_000);
  equal(withAnswer({ ...acknowledged, id: "another" }, taken).answeredAt, 9_000);
});
