import { deepStrictEqual as equal } from "node:assert/strict";
import fc from "fast-check";
import { DAY, MINUTE } from "../../../relay/base/duration.ts";
import { sameValue } from "../../../relay/base/same_value.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import type { Outcome } from "../../../relay/domain/outcome.ts";
import { changesNothing, isStoreDue, lapsesAt, lifeAfter, renewed } from "../../../relay/domain/renewal.ts";
import type { Routing } from "../../../relay/domain/record.ts";
import { incident } from "../../kit/domain.ts";

const NOW = Date.UTC(2026, 0, 31, 8);
const API = "alertmanager_api";

const open = incident({ id: "a", at: NOW - MINUTE, dialect: API, clearsAfter: 4 * MINUTE });
const over: Incident = { ...open, closedAt: NOW - MINUTE, windows: {} };
const still: Outcome = { kind: "folded", still: true };
const silenced = (silence: string): Outcome => ({ kind: "suppressed", by: "silence", silence });
const routing = (...outcomes: Outcome[]): Routing[] =>
  outcomes.map((outcome, index) => ({ group: `ops/${index}`, by: "rule", outcome }));

const REPEATS: readonly [
  what: string,
  before: Incident | undefined,
  after: Incident | undefined,
  outcomes: readonly Outcome[],
  suppression: string | undefined,
  changesNothing: boolean,
][] = [
  [
    "a re-send",
    open,
    { ...open, lastAt: NOW, lastId: "b", count: 2, resends: MINUTE },
    [still],
    undefined,
    true,
  ],
  ["a new window", open, { ...open, windows: { x: {} as never } }, [still], undefined, false],
  ["a first alert", undefined, open, [{ kind: "told", reason: "first", folded: 0 }], undefined, false],
  [
    "one that notifies one group of two",
    open,
    open,
    [still, { kind: "told", reason: "first", folded: 0 }],
    "",
    false,
  ],
  ["one under the same silence", open, open, [silenced("s")], "ops/0 silence s", true],
  ["one under another silence", open, open, [silenced("t")], "ops/0 silence s", false],
  ["the first one under a silence", open, open, [silenced("s")], "", false],
  ["one under a silence, after a start", open, open, [silenced("s")], undefined, false],
  ["one that no silence covers any more", open, open, [still], "ops/0 silence s", true],
  ["an end after the end", over, undefined, [{ kind: "suppressed", by: "nothing_open" }], undefined, true],
  ["an end of nothing", undefined, undefined, [{ kind: "suppressed", by: "nothing_open" }], undefined, false],
  [
    "the same end of nothing again",
    undefined,
    undefined,
    [{ kind: "suppressed", by: "nothing_open" }],
    "ops/0 nothing_open",
    true,
  ],
  ["one that reopens", over, open, [still], undefined, false],
];

for (const [what, before, after, outcomes, suppression, expected] of REPEATS) {
  Deno.test(`${what} ${expected ? "changes nothing" : "is logged"}`, () => {
    const decision = {
      alert: { startsAt: NOW - 2 * MINUTE },
      incident: after,
      routing: routing(...outcomes),
    };
    equal(changesNothing(before, decision, suppression), expected);
  });
}

Deno.test("an end of a later occurrence, whose firing was lost, is logged", () => {
  const decision = {
    alert: { startsAt: NOW },
    incident: undefined,
    routing: routing({ kind: "suppressed", by: "nothing_open" }),
  };
  equal(changesNothing(over, decision, undefined), false);
});

Deno.test("an incident lapses after its last sign, and after a start not before its sender could repeat it", () => {
  equal(lapsesAt(open), NOW + 3 * MINUTE);
  equal(lapsesAt(open, { upSince: NOW + MINUTE }), NOW + 5 * MINUTE);
  equal(lapsesAt({ ...open, clearsAfter: DAY }, { upSince: NOW }), NOW - MINUTE + DAY);
  equal(lapsesAt({ ...open, lastAt: NOW - DAY, clearsAfter: DAY }, { upSince: NOW }), NOW + 15 * MINUTE);
  equal(lapsesAt({ ...open, dialect: "ocp" }, { upSince: NOW + MINUTE }), NOW + 3 * MINUTE);
  equal(lapsesAt({ dialect: API, lastAt: NOW }), Infinity);
});

Deno.test("a repeat with an earlier end does not shorten a life, except where the sender's own period counts", () => {
  const life = (dialect: string, clearsAfter: number): number | undefined =>
    lifeAfter({ lastAt: NOW - MINUTE, clearsAfter: 10 * MINUTE }, { dialect, clearsAfter, now: NOW })
      .clearsAfter;
  equal(life(API, 4 * MINUTE), 9 * MINUTE);
  equal(life(API, 20 * MINUTE), 20 * MINUTE);
  equal(life("ocp", 4 * MINUTE), 4 * MINUTE);
});

Deno.test("a renewal counts for its own incident alone, and never turns time back", () => {
  const renewal = { incident: "a", at: NOW, clearsAfter: 5 * MINUTE, resends: 2 * MINUTE };
  const { lastAt, clearsAfter, resends } = renewed(open, renewal);
  equal([lastAt, clearsAfter, resends], [NOW, 5 * MINUTE, 2 * MINUTE]);
  equal(renewed(open, { ...renewal, incident: "b" }), open);
  equal(renewed(open, { ...renewal, at: open.lastAt }), open);
  equal(renewed(open, undefined), open);
});

Deno.test("a renewal is stored when the stored end comes soon, and only if its own is later", () => {
  const due = (left: number, within = 0, resends = 0): boolean =>
    isStoreDue({ incident: "a", at: NOW, clearsAfter: 4 * MINUTE, resends }, {
      storedEnd: NOW + left,
      within,
    });
  equal([due(3 * MINUTE), due(MINUTE), due(-MINUTE)], [false, true, true]);
  equal([due(2.5 * MINUTE, 3 * MINUTE), due(4 * MINUTE, 5 * MINUTE)], [true, false]);
  equal([due(3 * MINUTE, 0, MINUTE), due(3 * MINUTE, 0, 2 * MINUTE)], [false, true]);
});

Deno.test("two values are the same exactly when their JSON is, in whatever order the fields are", () => {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).sort().map(([name, one]) => [name, sorted(one)]))
      : value;
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
    equal(sameValue(a, b), JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
    const shuffled = JSON.parse(
      JSON.stringify(a),
      (_, value) =>
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? Object.fromEntries(Object.entries(value).reverse())
          : value,
    );
    equal(sameValue(JSON.parse(JSON.stringify(a)), shuffled), true);
  }));
  equal(sameValue({ a: 1, b: undefined }, { a: 1 }), true);
  equal(sameValue({ toString: 1 }, {}), false);
});
