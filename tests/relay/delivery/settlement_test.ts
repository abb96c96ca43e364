/** The effects of results at their writing: on the deliveries, the lane and the queue. */
import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { DAY, HOUR, MINUTE, SECOND } from "../../../relay/base/duration.ts";
import { delivered, refused, retry, throttled, type Verdict } from "../../../relay/channel.ts";
import type { BudgetSlot } from "../../../relay/delivery/budget.ts";
import { fateOf } from "../../../relay/delivery/retry.ts";
import {
  dead,
  type DeliveryResult,
  overtaken,
  type SettlementRow,
} from "../../../relay/delivery/delivery_result.ts";
import { laneAfterAll } from "../../../relay/delivery/lane_after.ts";
import { firstAttemptOf } from "../../../relay/delivery/settle.ts";
import { deliveryAfter, settlementOf, takeForCommit } from "../../../relay/delivery/settlement.ts";
import type { AttemptRecord, Delivery, DigestRecord, Queued } from "../../../relay/domain/record.ts";
import type { LaneState } from "../../../relay/store/lane_record.ts";
import { alert } from "../../kit/domain.ts";
import { queued } from "../../kit/queued.ts";

const NOW = Date.UTC(2026, 0, 31, 8);

function entryOf(own: Partial<Queued> = {}): Queued {
  return queued({ at: NOW - HOUR, ...own });
}

function attemptOf(verdict: Verdict): AttemptRecord {
  return { at: NOW, ms: 5, verdict: verdict.kind, because: verdict.because };
}

/** The result of a delivery after a verdict; its lane learns from it. */
function resultOf(
  verdict: Verdict,
  own: Partial<Queued> = {},
  more: Partial<DeliveryResult> = {},
): DeliveryResult {
  const entry = entryOf(own);
  const fate = fateOf(entry, verdict, { now: NOW, random: () => 0.5 });
  return { entry, fate, attempt: attemptOf(verdict), feedback: { verdict, configHash: "h" }, ...more };
}

const digest: DigestRecord = {
  id: "m",
  destination: "g/1/d",
  at: NOW,
  title: "t",
  body: "b",
  shown: 1,
  incidents: 1,
  deliveries: ["a-0"],
};

const fallback = { entry: entryOf({ id: "a-0-fallback", destination: "g/1/spare" }), lane: "spare" };
const sent = { id: "a-0", title: "t", body: "b" };
const partly: Verdict = {
  kind: "retry",
  because: "busy",
  alone: { reached: ["li"], left: ["wang"], failed: [] },
};

Deno.test("what the record of a delivery says after a try", () => {
  const table: [
    what: string,
    result: DeliveryResult,
    before: Partial<Delivery> | undefined,
    expected: object,
  ][] = [
    ["delivered", resultOf(delivered("ok"), {}, { sent }), undefined, {
      state: "delivered",
      because: "ok",
      settledAt: NOW,
      attempts: ["delivered"],
      sent,
    }],
    ["by a digest: its text is the digest's", resultOf(delivered("ok"), {}, { digest: "m" }), undefined, {
      state: "delivered",
      because: "ok",
      settledAt: NOW,
      attempts: ["delivered"],
      digest: "m",
    }],
    ["not yet by a digest", resultOf(retry("down"), {}, { digest: "m" }), undefined, {
      state: "pending",
      because: "down",
      attempts: ["retry"],
    }],
    ["a failure waits", resultOf(retry("down"), {}, { sent }), undefined, {
      state: "pending",
      because: "down",
      attempts: ["retry"],
      sent,
    }],
    [
      "the next try is added, and what was sent before is kept",
      resultOf(retry("down"), { tries: 1 }),
      { attempts: [attemptOf(throttled("slow", { waitMs: 1 }))], sent },
      { state: "pending", because: "down", attempts: ["throttled", "retry"], sent },
    ],
    ["given up after a day", resultOf(retry("down"), { tries: 30, firstTry: NOW - DAY }), undefined, {
      state: "dead",
      because: "given up after 31 attempts in 24 h: down",
      settledAt: NOW,
      attempts: ["retry"],
    }],
    ["nobody sends it", dead(entryOf(), "destination removed"), undefined, {
      state: "dead",
      because: "destination removed",
      settledAt: NOW,
      attempts: [],
    }],
    ["a fallback is notified instead", resultOf(refused("config", "no"), {}, { fallback }), undefined, {
      state: "suppressed",
      by: "fallback",
      because: "no",
      settledAt: NOW,
      attempts: ["refused"],
    }],
    [
      "some recipients have it: whom it reached, and who is left",
      resultOf(partly, {}, { recipients: { reached: ["li"], left: ["wang"], failed: [] } }),
      undefined,
      {
        state: "pending",
        because: "busy",
        attempts: ["retry"],
        recipients: { reached: ["li"], left: ["wang"], failed: [] },
      },
    ],
    [
      "of one that is over nobody is left",
      overtaken(entryOf({ tries: 1, partly: "message" })),
      { attempts: [], recipients: { reached: ["li"], left: ["wang"], failed: [] } },
      {
        state: "delivered",
        because: "to some of its recipients; all of them get a later message of the incident",
        settledAt: NOW,
        attempts: [],
        recipients: { reached: ["li"], left: [], failed: ["wang"] },
      },
    ],
  ];
  const { id, alert, fingerprint, group, destination, reason, severity, at } = entryOf();
  for (const [what, result, before, expected] of table) {
    const record = deliveryAfter(result, before as Delivery | undefined, NOW);
    const { attempts, ...rest } = record;
    equal(
      { ...rest, attempts: attempts.map(({ verdict }) => verdict) },
      { id, alert, fingerprint, group, destination, reason, severity, at, ...expected },
      what,
    );
  }
});

Deno.test("of many attempts the first five and the last fifteen are kept", () => {
  const before = Array.from({ length: 40 }, (_, ms) => ({ ...attemptOf(retry("down")), ms }));
  const record = deliveryAfter(
    resultOf(retry("down"), { tries: 40 }),
    { attempts: before } as unknown as Delivery,
    NOW,
  );
  equal(record.attempts.map(({ ms }) => ms), [0, 1, 2, 3, 4, ...before.slice(26).map(({ ms }) => ms), 5]);
});

const slot: BudgetSlot = {
  budget: "spent",
  rates: [{ messages: 20, per: MINUTE }],
  at: NOW + 20 * SECOND,
  skew: 0,
};
const mark = { destination: "g/1/d", upTo: "a-9" };
const withDigest = (verdict: Verdict, own = mark): DeliveryResult =>
  resultOf(verdict, {}, { feedback: { verdict, configHash: "h", digest: { mark: own, record: digest } } });
const failing = {
  failures: 5,
  pause: { kind: "failing", until: NOW, at: NOW - 1, because: "down" },
} as const;
const sick = { since: NOW - HOUR, because: "down" };
const refusal = {
  destination: "g/1/d",
  since: NOW - HOUR,
  at: NOW - HOUR,
  times: 1,
  until: NOW,
  because: "bad token",
};

Deno.test("how a lane fares after results", () => {
  const table: [what: string, before: LaneState, rows: SettlementRow[], after: LaneState | undefined][] = [
    ["a healthy one stays as it was", { failures: 0 }, [resultOf(delivered("ok"))], undefined],
    ["what moved teaches nothing", { failures: 2 }, [{ entry: entryOf(), movedTo: "other" }], undefined],
    ["what nobody sent teaches nothing", { failures: 2 }, [dead(entryOf(), "gone")], undefined],
    ["a failure is counted", { failures: 0 }, [resultOf(retry("down"))], { failures: 1 }],
    [
      "several results are learnt from in their order",
      { failures: 0 },
      [resultOf(retry("down")), resultOf(delivered("ok")), resultOf(retry("down"))],
      { failures: 1 },
    ],
    ["the fifth in a row pauses it, and its vendor is sick", { failures: 4 }, [resultOf(retry("down"))], {
      failures: 5,
      pause: { kind: "failing", until: NOW + 10 * SECOND, at: NOW, because: "down" },
      sick: { since: NOW, because: "down" },
    }],
    ["a success after that ends both, and what waited may be folded", { ...failing, sick }, [
      resultOf(delivered("ok")),
    ], { failures: 0, recoveredAt: NOW }],
    ["a throttle pauses it, and is no failure", { failures: 1 }, [
      resultOf(throttled("slow down", { waitMs: MINUTE })),
    ], { failures: 1, pause: { kind: "throttled", until: NOW + MINUTE, at: NOW, because: "slow down" } }],
    [
      "a success that was under way does not end a pause that lasts",
      {
        failures: 0,
        pause: { kind: "throttled", until: NOW + 1, at: NOW - 1, because: "slow down" },
      },
      [resultOf(delivered("ok"))],
      undefined,
    ],
    [
      "a refused config is its own, and pauses nothing",
      { failures: 0 },
      [resultOf(refused("config", "no"))],
      {
        failures: 0,
        refused: {
          h: {
            destination: "g/1/d",
            since: NOW,
            at: NOW,
            times: 1,
            until: NOW + 5 * MINUTE,
            because: "no",
          },
        },
      },
    ],
    [
      "one that is mended is forgotten",
      { failures: 0, refused: { h: refusal } },
      [resultOf(delivered("ok"))],
      {
        failures: 0,
        recoveredAt: NOW,
      },
    ],
    [
      "another config's stays",
      { failures: 0, refused: { other: refusal } },
      [resultOf(delivered("ok"))],
      undefined,
    ],
    [
      "a place in the budget counts from the answer on, and not from the latest time thinkable",
      { failures: 0, spent: { "60000": { [NOW + 80 * SECOND]: 1 } } },
      [resultOf(delivered("ok"), {}, { feedback: { verdict: delivered("ok"), configHash: "h", slot } })],
      { failures: 0, spent: { "60000": { [NOW + MINUTE]: 1 } } },
    ],
    ["a digest that arrived is over", { failures: 0, digests: [mark] }, [withDigest(delivered("ok"))], {
      failures: 0,
    }],
    ["one whose fate is unknown goes again", { failures: 0, digests: [mark] }, [withDigest(retry("down"))], {
      failures: 1,
      digests: [mark],
    }],
    ["one that some recipients have is over", { failures: 0, digests: [mark] }, [withDigest(partly)], {
      failures: 0,
    }],
    ["one that is refused goes once more, plain", { failures: 0, digests: [mark] }, [
      withDigest(refused("payload", "too odd")),
    ], { failures: 0, digests: [{ ...mark, plain: true }] }],
    ["and is given up when that is refused, too", { failures: 0, digests: [{ ...mark, plain: true }] }, [
      withDigest(refused("payload", "too odd"), { ...mark, plain: true } as typeof mark),
    ], { failures: 0 }],
  ];
  for (const [what, before, rows, after] of table) equal(laneAfterAll(before, rows, NOW), after, what);
});

Deno.test("what is written at once: each delivery stands in one place, and a death in the list for the way in, too", () => {
  type Counts = Partial<
    Record<"done" | "waiting" | "moved" | "created" | "digests" | "letters" | "deaths", number>
  >;
  const death = resultOf(refused("payload", "no"), { plain: true });
  const table: [what: string, row: SettlementRow, counts: Counts][] = [
    ["delivered", resultOf(delivered("ok")), { done: 1 }],
    ["to be tried again", resultOf(retry("down")), { waiting: 1 }],
    ["dead", death, { done: 1, letters: 1, deaths: 1 }],
    ["a dead reminder: no window hangs on it", {
      ...death,
      entry: entryOf({ reason: "reminder", plain: true }),
    }, {
      done: 1,
      letters: 1,
    }],
    ["dead, and a fallback is notified", { ...death, fallback }, { done: 1, created: 1 }],
    ["waiting for too long, and a fallback is notified", { ...resultOf(retry("down")), fallback }, {
      done: 1,
      created: 1,
    }],
    ["served by another lane now", { entry: entryOf(), movedTo: "other" }, { moved: 1 }],
    ["a digest that arrived", withDigest(delivered("ok")), { done: 1, digests: 1 }],
    ["a digest that some have", withDigest(partly), { waiting: 1, digests: 1 }],
    ["a digest that did not arrive", withDigest(retry("down")), { waiting: 1 }],
  ];
  for (const [what, row, counts] of table) {
    const settlement = settlementOf([row], { now: NOW, records: new Map(), alerts: new Map() });
    const found = Object.entries(settlement).filter(([, rows]) => rows.length > 0)
      .map(([name, rows]) => [name, rows.length]);
    equal(Object.fromEntries(found), counts, what);
  }
});

Deno.test("a death keeps its alert for whoever sends it again, and the record that it had", () => {
  const one = alert({ title: "Down" });
  const before = { attempts: [attemptOf(retry("down"))] } as unknown as Delivery;
  const { done, letters, deaths } = settlementOf(
    [resultOf(refused("payload", "no"), { plain: true, tries: 1 })],
    { now: NOW, records: new Map([["a-0", before]]), alerts: new Map([["a-0", one]]) },
  );
  equal(done[0]!.attempts.map(({ verdict }) => verdict), ["retry", "refused"]);
  equal([letters[0]!.alert, letters[0]!.because, letters[0]!.diedAt], [one, "no", NOW]);
  equal(deaths, [{ fingerprint: "f", group: "g/1", alert: "a", delivery: "a-0", now: NOW }]);
});

Deno.test("what a caller hears who waits for the first attempt", () => {
  const table: [what: string, verdict: Verdict, own: Partial<Queued>, state: string | undefined][] = [
    ["the vendor has it", delivered("ok"), {}, "delivered"],
    ["some recipients have it", partly, { partly: "message" }, "delivered"],
    ["the vendor asks to wait", throttled("slow", { waitMs: 1 }), {}, "pending"],
    ["it fails", retry("down"), {}, "failed"],
    ["it is refused as it is: a plain one follows", refused("payload", "no"), {}, undefined],
    ["the plain one is refused, too", refused("payload", "no"), { plain: true }, "failed"],
    ["the config is refused", refused("config", "no"), {}, "failed"],
  ];
  for (const [what, verdict, own, state] of table) {
    equal(firstAttemptOf(resultOf(verdict, own).fate, verdict), state, what);
  }
});

Deno.test("as many results go into a commit as the database takes, with their receipts and their progress", () => {
  const COMMIT = 800 * 1_024;
  const ids = Array.from({ length: 1_000 }, (_, index) => `member.with.a.long.name.${index}`);
  const progress = { message: "m", progress: { reached: ids, failed: {}, skipped: [], tried: {} } };
  const thread = {
    destination: "g/1/d",
    fingerprint: "f",
    configHash: "h",
    receipt: { id: "x".repeat(1_990) },
  };
  const rows = Array.from(
    { length: 200 },
    () => resultOf(delivered("ok"), {}, { progress, receipts: [thread] }),
  );
  for (let left = rows.length; left > 0; left = rows.length) {
    const bytes = takeForCommit(rows).length * (JSON.stringify(progress).length + 2_700);
    ok(bytes < COMMIT, `${bytes} bytes`);
  }
});
