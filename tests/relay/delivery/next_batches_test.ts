import { deepStrictEqual as equal } from "node:assert/strict";
import type { Channel } from "../../../relay/channel.ts";
import type { FoundDestination } from "../../../relay/domain/group.ts";
import { QueueSelection, type SelectionOptions } from "../../../relay/delivery/queue_selection.ts";
import { type NextBatches, nextBatches } from "../../../relay/delivery/next_batches.ts";
import type { Queued } from "../../../relay/domain/record.ts";
import type { LaneState } from "../../../relay/store/lane_record.ts";
import { MINUTE } from "../../../relay/base/duration.ts";
import { queued } from "../../kit/queued.ts";
import { channel, NOW, selectionOf } from "./_selection.ts";

/** A delivery to destination `a` or `b`: of its own alert, and of its own payload. */
function entry(id: string, destination = "a", own: Partial<Queued> = {}): Queued {
  return queued({ id, alert: id, fingerprint: id, destination, payload: id, at: NOW - 1_000, ...own });
}

function choose(
  entries: readonly Queued[],
  state: LaneState,
  { channel: own, refusals = new Map() }: {
    channel?: Partial<Channel>;
    refusals?: SelectionOptions["refusals"];
  } = {},
): QueueSelection {
  const selection = selectionOf({
    find: (id) =>
      ({
        destination: { id, channel: "c", lane: "lane", limits: [], configHash: id },
        group: {},
      }) as unknown as FoundDestination,
    channelOf: () => ({ ...channel, ...own }) as Channel,
    folding: true,
    digests: state.digests ?? [],
    refusals,
    recoveredAt: state.recoveredAt,
  });
  for (const one of entries) selection.add(one);
  return selection;
}

/** The next messages: the ids of each, a digest's in brackets. */
function idsOf({ batches }: NextBatches): string[] {
  return batches.map(({ entries, digest }) => {
    const ids = entries.map(({ id }) => id).join(" ");
    return digest ? `[${ids}]` : ids;
  });
}

function turnOf(entries: readonly Queued[], state: LaneState): NextBatches {
  return nextBatches(choose(entries, state), state, { now: NOW, sending: 0, isProbing: () => false });
}

Deno.test("a digest that is to go again later keeps its own destination waiting, and no other one", () => {
  const state: LaneState = { failures: 0, digests: [{ destination: "a", upTo: "2" }] };
  const begun = [entry("1", "a", { due: NOW + 60_000 }), entry("2", "a", { due: NOW + 60_000 })];
  equal(idsOf(turnOf([...begun, entry("3"), entry("4", "b")], state)), ["4"]);
  const alone = turnOf([...begun, entry("3")], state);
  equal([idsOf(alone), alone.at], [[], NOW + 60_000]);
  const due = begun.map((one) => ({ ...one, due: NOW }));
  equal(idsOf(turnOf([...due, entry("3"), entry("4", "b")], state)), ["[1 2]"], "its time has come");
});

Deno.test("a digest that an earlier version began is known", () => {
  const state: LaneState = { failures: 0, digest: { destination: "a", upTo: "2" } };
  const selection = choose([entry("1"), entry("2"), entry("3")], state);
  equal(idsOf(nextBatches(selection, state, { now: NOW, sending: 0, isProbing: () => false })), ["[1 2]"]);
});

Deno.test("what piled up in an outage goes as digests until the pile is gone, destination by destination", () => {
  const state: LaneState = { failures: 0, recoveredAt: NOW };
  const pile = (destination: string): Queued[] =>
    ["1", "2", "3", "4"].map((id) => entry(`${destination}${id}`, destination));
  const later = entry("z", "b", { at: NOW + 1 });
  equal(idsOf(turnOf([...pile("a"), ...pile("b"), later], state)), ["[a1 a2 a3 a4]"]);
  equal(idsOf(turnOf([...pile("b"), later], state)), ["[b1 b2 b3 b4]"]);
  equal(idsOf(turnOf([...pile("b").slice(1), later], state)), ["b2", "b3", "b4", "z"], "a few are no pile");
  const fresh = pile("a").map((one) => ({ ...one, at: NOW + 1 }));
  equal(idsOf(turnOf(fresh, state)), ["a1", "a2", "a3", "a4"]);
});

Deno.test("what some recipients have already goes by itself, in no digest, and keeps nothing waiting", () => {
  const left = entry("1", "a", { partly: "message", payload: "m", due: NOW });
  const others = ["2", "3", "4", "5"].map((id) => entry(id));
  const recovered: LaneState = { failures: 0, recoveredAt: NOW };
  equal(idsOf(turnOf([left, ...others], recovered)), ["[2 3 4 5]"]);
  equal(idsOf(turnOf([left, entry("2")], { failures: 0 })), ["1", "2"]);
  const waiting = { ...left, due: NOW + 60_000 };
  equal(idsOf(turnOf([waiting, entry("2")], { failures: 0 })), ["2"]);
  const shared = { ...left, id: "1b", fingerprint: "1b" };
  equal(idsOf(turnOf([left, shared], { failures: 0 })), ["1 1b"], "as the message that it was");
});

Deno.test("what quiet hours held back, and some recipients have since, is not joined with what comes later", () => {
  const held = entry("1", "a", {
    held: "quiet",
    partly: "digest",
    payload: "m",
    due: NOW + 1,
    fingerprint: "f",
  });
  const selection = choose([held, entry("2", "a", { fingerprint: "f" })], { failures: 0 });
  equal(selection.batches.map(({ entries }) => entries.map(({ id }) => id)), [["2"]]);
  equal(selection.overtaken.map(({ id }) => id), ["1"]);
});

Deno.test("a later delivery of an incident overtakes what some recipients have of it", () => {
  const left = entry("1", "a", { partly: "message", payload: "m", due: NOW + 60_000, fingerprint: "f" });
  const selection = choose([left, entry("2", "a", { fingerprint: "f", reason: "resolved" })], {
    failures: 0,
  });
  equal(selection.overtaken.map(({ id }) => id), ["1"]);
  const elsewhere = choose([left, entry("2", "b", { fingerprint: "f" })], { failures: 0 });
  equal(elsewhere.overtaken, []);
});

Deno.test("which messages go next", () => {
  const limits = { rates: [{ messages: 20, per: MINUTE }] };
  const several = (count: number, own: Partial<Queued> = {}, first = 1): Queued[] =>
    Array.from({ length: count }, (_, index) => entry(String(first + index), "a", own));
  /** Places of the budget that are taken until a minute from now. */
  const spent = (count: number): LaneState => ({
    failures: 0,
    spent: { [MINUTE]: { [NOW + MINUTE]: count } },
  });
  const calm: LaneState = { failures: 0 };
  const sick: LaneState = { failures: 5 };
  const critical = { severity: "critical" } as const;
  const refusal = { destination: "a", since: 0, at: NOW, times: 1, until: NOW, because: "no" };
  const refusals = new Map([["a", refusal]]);
  const held = { held: "quiet", since: NOW - MINUTE } as const;
  const digests = [{ destination: "a", upTo: "2" }];
  type Row = [
    what: string,
    entries: Queued[],
    state: LaneState,
    options: Parameters<typeof choose>[2] & { sending?: number; isProbing?: boolean },
    ids: string[],
    at: number,
    waiting?: true,
  ];
  const table: Row[] = [
    ["nothing waits", [], calm, {}, [], Infinity],
    ["all go where the vendor has no budget", several(5), calm, {}, ["1", "2", "3", "4", "5"], NOW],
    ["beside others that are under way", several(2), calm, { sending: 3 }, ["1", "2"], NOW],
    ["none is due", several(1, { due: NOW + 5 }), calm, {}, [], NOW + 5],

    ["a vendor that took nothing gets one message", several(3), sick, {}, ["1"], NOW],
    ["the critical one first", [...several(2), entry("3", "a", critical)], sick, {}, ["3"], NOW],
    ["more than three as a digest", several(4), sick, {}, ["[1 2 3 4]"], NOW],
    ["and no second one at the same time", several(4), sick, { sending: 1 }, [], Infinity],
    [
      "of what piled up, no digest beside what is under way",
      several(4),
      { ...calm, recoveredAt: NOW },
      { sending: 1 },
      [],
      Infinity,
    ],

    ["a refused config is probed", several(1), calm, { refusals }, ["1"], NOW],
    ["with a digest, where much waits for it", several(4), calm, { refusals }, ["[1 2 3 4]"], NOW],
    ["with one message at a time", several(1), calm, { refusals, sending: 1, isProbing: true }, [], Infinity],
    [
      "others go meanwhile",
      [...several(1), entry("9", "b")],
      calm,
      { refusals, sending: 1, isProbing: true },
      ["9"],
      NOW,
    ],

    [
      "what quiet hours held back goes together",
      [...several(3, held), entry("9")],
      calm,
      {},
      ["[1 2 3]"],
      NOW,
    ],
    ["one alone as it is", several(1, held), calm, {}, ["1"], NOW],

    [
      "with a budget they go one by one while they are few",
      several(3),
      calm,
      { channel: { limits } },
      ["1"],
      NOW,
    ],
    [
      "the critical one first, too",
      [...several(3), entry("4", "a", critical)],
      calm,
      { channel: { limits } },
      ["4"],
      NOW,
    ],
    ["half of it, as well", several(8), calm, { channel: { limits } }, ["1"], NOW],
    ["more than half of it is a digest", several(9), calm, { channel: { limits } }, [
      "[1 2 3 4 5 6 7 8 9]",
    ], NOW],
    [
      "and so is a second one when half of it is taken",
      several(2),
      { ...spent(8), last: NOW - MINUTE },
      { channel: { limits } },
      ["[1 2]"],
      NOW,
    ],
    [
      "which waits until its turn comes",
      several(2),
      { ...spent(8), last: NOW },
      { channel: { limits } },
      [],
      NOW + 7_500,
      true,
    ],
    ["none goes when it is spent", several(1), spent(16), { channel: { limits } }, [], NOW + MINUTE, true],
    [
      "but a critical one: a fifth is kept for them",
      several(1, critical),
      spent(16),
      { channel: { limits } },
      ["1"],
      NOW,
    ],
    [
      "none at all when all of it is",
      several(1, critical),
      spent(20),
      { channel: { limits } },
      [],
      NOW + MINUTE,
      true,
    ],
    [
      "what is due before that is looked at then",
      [...several(1), entry("9", "a", { due: NOW + 5 })],
      spent(16),
      { channel: { limits } },
      [],
      NOW + 5,
      true,
    ],

    ["a digest of unknown fate goes again before anything else", several(3), { ...calm, digests }, {}, [
      "[1 2]",
    ], NOW],
    [
      "nothing to its destination while it is under way",
      several(3),
      { ...calm, digests },
      { sending: 1 },
      [],
      Infinity,
    ],
    [
      "other incidents need not wait for what may have arrived",
      [
        ...several(2, { handedOver: true, due: NOW + MINUTE, tries: 1 }),
        entry("3"),
      ],
      { ...calm, digests },
      {},
      ["3"],
      NOW,
    ],
  ];
  for (
    const [what, entries, state, { sending = 0, isProbing = false, ...options }, ids, at, waiting] of table
  ) {
    const next = nextBatches(choose(entries, state, options), state, {
      now: NOW,
      sending,
      isProbing: () => isProbing,
    });
    equal([idsOf(next), next.at, next.waiting], [ids, at, waiting], what);
  }
});
