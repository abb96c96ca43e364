import { deepStrictEqual as equal } from "node:assert/strict";
import type { Status } from "../../../relay/domain/alert.ts";
import type { Severity } from "../../../relay/domain/severity.ts";
import { afterDeadDelivery } from "../../../relay/domain/dead_delivery.ts";
import type { Incident } from "../../../relay/domain/incident.ts";
import type { Outcome } from "../../../relay/domain/outcome.ts";
import { advance } from "../../../relay/domain/window.ts";
import { DAY, MINUTE } from "../../../relay/base/duration.ts";

const START = Date.UTC(2026, 0, 31, 8);

/** A story of one fingerprint: `+6m firing critical` → the groups' notifications. */
function tell(
  story: readonly string[],
  groups = [{ group: "ops/default", window: 5 * MINUTE, destinations: 1 }],
): {
  heard: string[][];
  incident: Incident | undefined;
} {
  let incident: Incident | undefined;
  let now = START;
  const heard = story.map((line, index) => {
    const [delay, status, severity = "warning"] = line.split(" ") as [string, Status, Severity | undefined];
    now += Number(delay);
    const alert = { dialect: "test", status, severity, title: "Test", startsAt: null, endsAt: null };
    const step = advance(incident, alert, groups, {
      fingerprint: "f",
      id: `id-${index}`,
      now,
      staleAfter: DAY,
    });
    incident = step.incident?.closedAt === null ? step.incident : undefined;
    return step.outcomes.map(inWords);
  });
  return { heard, incident };
}

function inWords(outcome: Outcome): string {
  if (outcome.kind === "told") {
    return outcome.folded > 0 ? `${outcome.reason} after ${outcome.folded}` : outcome.reason;
  }
  return outcome.kind === "folded" ? "folded" : outcome.by;
}

const STORIES: [string, [string, string][]][] = [
  ["the first alert is told, the rest of the window is counted, the next one says how many", [
    ["0 firing", "first"],
    ["1 firing", "folded"],
    [`${5 * MINUTE - 2} firing`, "folded"],
    ["1 firing", "repeat after 2"],
    ["1 firing", "folded"],
  ]],
  ["a window ends to the millisecond", [
    ["0 firing", "first"],
    [`${5 * MINUTE - 1} firing`, "folded"],
    ["1 firing", "repeat after 1"],
  ]],
  ["a severity that rises inside the window is told, one that falls is not", [
    ["0 firing warning", "first"],
    ["1 firing critical", "changed"],
    ["1 firing critical", "folded"],
    ["1 firing warning", "folded"],
    ["1 firing critical", "folded"],
    [`${5 * MINUTE - 4} firing info`, "folded"],
    ["1 firing info", "repeat after 4"],
    ["1 firing warning", "changed"],
  ]],
  ["resolved is told at once and ends the window and the incident", [
    ["0 firing", "first"],
    ["1 firing", "folded"],
    ["1 resolved", "resolved after 1"],
    ["1 firing", "first"],
  ]],
  ["resolved with nothing open is not told", [
    ["0 resolved", "nothing_open"],
    ["1 firing", "first"],
    ["1 resolved", "resolved"],
    ["1 resolved", "nothing_open"],
  ]],
  [
    "who was told stays known, however long the sender was silent: its end is told, and that it fires again is no first",
    [
      ["0 firing", "first"],
      [`${DAY} resolved`, "resolved"],
      ["0 firing", "first"],
      [`${DAY} firing`, "repeat"],
      [`${300 * DAY} firing`, "repeat"],
      [`${300 * DAY} resolved`, "resolved"],
      ["0 resolved", "nothing_open"],
    ],
  ],
];

for (const [name, steps] of STORIES) {
  Deno.test(name, () => {
    equal(tell(steps.map(([line]) => line)).heard, steps.map(([, words]) => [words]));
  });
}

Deno.test("a window of 0 tells every alert", () => {
  const groups = [{ group: "ops/default", window: 0, destinations: 1 }];
  equal(tell(["0 firing", "0 firing", "1 firing"], groups).heard, [["first"], ["repeat"], ["repeat"]]);
});

Deno.test("each group has a window of its own, and one without destinations hears nothing", () => {
  const groups = [
    { group: "a/1", window: MINUTE, destinations: 1 },
    { group: "b/1", window: 10 * MINUTE, destinations: 2 },
    { group: "c/1", window: MINUTE, destinations: 0 },
  ];
  equal(tell(["0 firing", `${MINUTE} firing`, "1 resolved"], groups).heard, [
    ["first", "first", "no_destination"],
    ["repeat", "folded", "no_destination"],
    ["resolved", "resolved after 1", "no_destination"],
  ]);
});

Deno.test("a group that joins an open incident hears of it first, and one that was never told hears no end", () => {
  const a = { group: "a/1", window: MINUTE, destinations: 1 };
  const b = { group: "b/1", window: MINUTE, destinations: 1 };
  const options = { fingerprint: "f", now: START, staleAfter: DAY };
  const alert = {
    dialect: "test",
    status: "firing",
    severity: "warning",
    title: "Test",
    startsAt: null,
    endsAt: null,
  } as const;
  const first = advance(undefined, alert, [a], { ...options, id: "1" });
  equal(advance(first.incident, alert, [a, b], { ...options, id: "2" }).outcomes.map(inWords), [
    "folded",
    "first",
  ]);
  const end = advance(first.incident, { ...alert, status: "resolved" }, [a, b], { ...options, id: "2" });
  equal(end.outcomes.map(inWords), ["resolved", "nothing_open"]);
});

Deno.test("the incident counts its alerts and remembers its first and last", () => {
  const { incident } = tell(["0 firing", "1000 firing", "1000 firing critical"]);
  const { id, lastId, count, openedAt, lastAt, severity } = incident!;
  equal({ id, lastId, count, openedAt, lastAt, severity }, {
    id: "id-0",
    lastId: "id-2",
    count: 3,
    openedAt: START,
    lastAt: START + 2_000,
    severity: "critical",
  });
});

Deno.test("a window ends when all deliveries of its telling are dead, however often a death is noted", () => {
  const groups = [{ group: "a/1", window: 5 * MINUTE, destinations: 2 }];
  const { incident } = tell(["0 firing"], groups);
  const death = { group: "a/1", alert: "id-0", now: START + 1 };
  const once = afterDeadDelivery(incident, { ...death, delivery: "id-0-0" })!;
  equal(once.windows["a/1"]!.until, START + 5 * MINUTE);
  equal(afterDeadDelivery(once, { ...death, delivery: "id-0-0" }), undefined);
  const both = afterDeadDelivery(once, { ...death, delivery: "id-0-1" })!;
  equal(both.windows["a/1"]!.until, START + 1);
});

Deno.test("the death of a delivery of an earlier telling, another group or a closed incident changes nothing", () => {
  const { incident } = tell(["0 firing", `${5 * MINUTE} firing`]);
  const death = { group: "ops/default", alert: "id-1", delivery: "id-1-0", now: START };
  equal(afterDeadDelivery(incident, { ...death, alert: "id-0" }), undefined);
  equal(afterDeadDelivery(incident, { ...death, group: "b/1" }), undefined);
  equal(afterDeadDelivery(undefined, death), undefined);
});
