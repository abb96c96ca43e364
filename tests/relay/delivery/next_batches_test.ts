import { deepStrictEqual as equal } from "node:assert/strict";
import type { Channel } from "../../../relay/channel.ts";
import type { FoundDestination } from "../../../relay/domain/group.ts";
import { QueueSelection } from "../../../relay/delivery/queue_selection.ts";
import { type NextBatches, nextBatches } from "../../../relay/delivery/next_batches.ts";
import type { Queued } from "../../../relay/domain/record.ts";
import type { LaneState } from "../../../relay/store/lane_record.ts";
import { queued } from "../../kit/queued.ts";

const NOW = 1_000_000;

/** A delivery to destination `a` or `b`: of its own alert, and of its own payload. */
function entry(id: string, destination = "a", own: Partial<Queued> = {}): Queued {
  return queued({ id, alert: id, fingerprint: id, destination, payload: id, at: NOW - 1_000, ...own });
}

const channel = { name: "c", config: undefined, sample: {} } as unknown as Channel;

function choose(entries: readonly Queued[], state: LaneState): QueueSelection {
  const selection = new QueueSelection({
    now: NOW,
    lane: "lane",
    isTaken: () => false,
    isBusy: () => false,
    isAwaited: () => false,
    find: (id) =>
      ({
        destination: { id, channel: "c", lane: "lane", limits: [] },
        group: {},
      }) as unknown as FoundDestination,
    holds: () => false,
    channelOf: () => channel,
    folding: true,
    digests: state.digests ?? [],
    refusals: new Map(),
    recoveredAt: state.recoveredAt,
  });
  for (const one of entries) selection.add(one);
  return selection;
}

/** Whose turn it is: the ids of each message, a digest's in brackets. */
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
