import { deepStrictEqual as equal, match } from "node:assert/strict";
import type { Acceptance, Notified, State } from "../../../tasks/chaos/account.ts";
import {
  type Broken,
  madeUpPromise,
  missingPromise,
  mostWithin,
  oncePromise,
  orderPromise,
  postedPromise,
  ratePromise,
  repeatPromise,
} from "../../../tasks/chaos/audit.ts";

/** A state in short: `f1` fires for the first time, `r1` ends that. */
type Short = `${"f" | "r"}${number}`;

function stateOf(short: Short, incident = "db-1"): State {
  return {
    incident,
    occurrence: Number(short.slice(1)),
    status: short.startsWith("f") ? "firing" : "resolved",
  };
}

function accepted(...shorts: Short[]): Acceptance[] {
  return shorts.map((short, index) => ({ state: stateOf(short), sink: "sink", at: index, relay: "a" }));
}

/** The stored alerts of a sink, each a second later; the id of an alert is its state, unless given: `f1=x`. */
function notified(...all: (Short | `${Short}=${string}`)[]): Notified[] {
  return all.map((one, index) => {
    const [short, alert = short] = one.split("=") as [Short, string?];
    return { ...stateOf(short), at: 1_000 * index, sink: "sink", alert: alert!, fingerprint: "f".repeat(32) };
  });
}

function seen(broken: readonly Broken[]): string[] {
  return broken.map(({ seen }) => seen.replace(/ at \d\d:[\d:.]+/g, ""));
}

Deno.test("what was answered 200 is missing unless the sink has it", () => {
  equal(missingPromise(accepted("f1", "r1", "f2"), notified("f1", "r1", "f2")), []);
  equal(seen(missingPromise(accepted("f1", "r1", "f2"), notified("f1", "f2"))), [
    "db-1 resolved (1) was answered 200 by a, and sink never received it",
  ]);
  const [elsewhere] = missingPromise(accepted("f1"), [{ ...notified("f1")[0]!, sink: "pager" }]);
  match(elsewhere!.seen, /db-1 firing \(1\)/);
});

Deno.test("a resolved alert whose firing was given up, or accepted later, may have had nothing to resolve", () => {
  equal(missingPromise(accepted("r1"), []), []);
  equal(missingPromise(accepted("r1", "f1"), notified("f1")), []);
});

Deno.test("the states of an incident arrive in order, and may arrive again", () => {
  const rows: [all: Short[], broken: number][] = [
    [["f1", "r1", "f2", "r2"], 0],
    [["f1", "f1", "r1", "r1"], 0],
    [["f1", "f2"], 0],
    [["f1", "r1", "f1"], 1],
    [["f1", "r1", "f2", "r1", "r2"], 1],
    [["r1"], 1],
    [["r1", "f1"], 2],
  ];
  for (const [all, broken] of rows) equal(orderPromise(notified(...all)).length, broken, String(all));
});

Deno.test("of what a frozen relay sends when it goes on, one message may be late", () => {
  const late = notified("f1", "r1", "f1", "f1");
  equal(orderPromise(late, [2_100]).length, 2, "both arrived at another time");
  equal(orderPromise(late, [1_900]).length, 1, "one of the two is late");
  equal(orderPromise(late, [1_900, 2_900]), []);
});

Deno.test("two alerts of one state were not deduplicated; one alert that arrives twice was only repeated", () => {
  equal(oncePromise(notified("f1=x", "f1=x", "r1=y")), []);
  equal(seen(oncePromise(notified("f1=x", "f1=z"))), [
    "sink was notified of db-1 firing (1) twice: by x and by z",
  ]);
});

Deno.test("a message is repeated only where something had happened when its receiver said yes", () => {
  const again = notified("f1", "f1");
  const rows: [from: number, to: number, broken: number][] = [
    [-5_000, -1, 1],
    [-5_000, 0, 0],
    [900, Infinity, 0],
    [1_100, Infinity, 1],
  ];
  for (const [from, to, broken] of rows) {
    equal(repeatPromise(again, [{ from, to }]).length, broken, `${from} to ${to}`);
  }
  equal(repeatPromise(again, []).length, 1);
  equal(repeatPromise(notified("f1", "r1"), []), []);
});

Deno.test("what nobody has sent is made up", () => {
  equal(madeUpPromise(new Set(["db-1 firing (1)"]), notified("f1")), []);
  equal(madeUpPromise(new Set(["db-1 firing (1)"]), notified("f1", "f2")).length, 1);
});

Deno.test("a rate holds for any minute, wherever it begins", () => {
  equal(mostWithin([], 60), 0);
  equal(mostWithin([0, 59, 60, 119], 60), 2);
  equal(mostWithin([0, 30, 59, 60], 60), 3);
  const calls = (...at: number[]): { at: number; overRate: boolean }[] =>
    at.map((at) => ({ at, overRate: false }));
  const rate = { messages: 2, per: 60 };
  equal(ratePromise("robot", calls(0, 59, 60, 119), rate), []);
  equal(ratePromise("robot", calls(0, 30, 59), rate).length, 1);
  equal(ratePromise("robot", [{ at: 0, overRate: true }], rate).length, 1);
});

Deno.test("delivered means posted, and of an incident in order", () => {
  const calls = [{ at: 1, posted: "m1" }, { at: 2, posted: undefined }, { at: 3, posted: "m2" }]
    .map((call) => ({ ...call, overRate: false }));
  const delivery = (id: string, message: string | undefined, state = "delivered"): {
    id: string;
    fingerprint: string;
    state: string;
    message: string | undefined;
  } => ({ id, fingerprint: "f", state, message });
  equal(postedPromise("robot", calls, [delivery("1", "m1"), delivery("2", "m2")]), []);
  equal(postedPromise("robot", calls, [delivery("1", "m1"), delivery("2", "m1")]), []);
  equal(postedPromise("robot", calls, [delivery("1", "m3", "dead")]), []);
  equal(postedPromise("robot", calls, [delivery("1", "m3")]).length, 1);
  equal(postedPromise("robot", calls, [delivery("1", undefined)]).length, 1);
  equal(postedPromise("robot", calls, [delivery("1", "m2"), delivery("2", "m1")]).length, 1);
});
