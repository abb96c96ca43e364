import { deepStrictEqual as equal } from "node:assert/strict";
import type { Channel } from "../../../relay/channel.ts";
import type { FoundDestination } from "../../../relay/domain/group.ts";
import { QueueSelection, type SelectionOptions } from "../../../relay/delivery/queue_selection.ts";
import { queued } from "../../kit/queued.ts";
import { channel, NOW, selectionOf } from "./_selection.ts";
import { HOUR, MINUTE } from "../../../relay/base/duration.ts";
import type { Queued } from "../../../relay/domain/record.ts";

/** The config of `bad` is refused; its fallback gets deliveries after `fallbackAfter`. */
function found(id: string, fallbackAfter: number): FoundDestination {
  const destination = { id, channel: "c", lane: "lane", limits: [], configHash: id, fallbackAfter };
  const withFallback = id === "bad" ? { ...destination, fallback: "spare" } : destination;
  return {
    destination: withFallback,
    group: { destinations: [withFallback, { id: "spare" }] },
  } as unknown as FoundDestination;
}

const SCANS:
  readonly (readonly [what: string, fallbackAfter: number, toFallback: number, chosen: string[]])[] = [
    ["deliveries that wait for a refused config do not end the scan of a queue", 48 * HOUR, 0, ["good"]],
    ["deliveries that go to a fallback end the scan of a queue once there are 200", HOUR / 2, 200, []],
  ];

for (const [what, fallbackAfter, toFallback, chosen] of SCANS) {
  Deno.test(what, () => {
    const selection = selectionOf({
      find: (id) => found(id, fallbackAfter),
      refusals: new Map([["bad", {
        destination: "bad",
        since: NOW,
        at: NOW,
        times: 1,
        until: NOW + HOUR,
        because: "no",
      }]]),
    });
    const entries = Array.from(
      { length: 300 },
      (_, index) => queued({ id: `${index}`, fingerprint: `${index}`, destination: "bad", at: NOW }),
    );
    const all = [...entries, queued({ id: "good", destination: "good", at: NOW })];
    all.some((entry) => selection.add(entry));
    const ids = selection.batches.flatMap(({ entries }) => entries.map(({ id }) => id));
    equal([selection.toFallback.length, ids], [toFallback, chosen]);
    equal(selection.refusedCount, toFallback || 300);
  });
}

/** The outcome of one delivery. */
type Place = "batches" | "foldable" | "moved" | "dead" | "toFallback" | "overtaken" | "behind" | "unknown";

/** By place: the ids, those of one message joined by "+". */
function placesOf(selection: QueueSelection): Partial<Record<Place, string[]>> {
  const ids = (entries: readonly { readonly id: string }[]): string => entries.map(({ id }) => id).join("+");
  const all: Record<Place, string[]> = {
    batches: selection.batches.map(({ entries }) => ids(entries)),
    foldable: [...selection.foldable.values()].map(({ entries }) => ids(entries)),
    moved: selection.unroutable.flatMap((one) => "movedTo" in one ? one.entry.id : []),
    dead: selection.unroutable.flatMap((one) => "because" in one ? one.entry.id : []),
    toFallback: selection.toFallback.map(({ entry }) => entry.id),
    overtaken: selection.overtaken.map(({ id }) => id),
    behind: selection.behind.map(({ entry }) => entry.id),
    unknown: [...selection.unknown],
  };
  return Object.fromEntries(Object.entries(all).filter(([, found]) => found.length > 0));
}

/** A delivery of its own incident and payload to the destination `a`, accepted a minute ago. */
function one(id: string, own: Partial<Queued> = {}): Queued {
  return queued({ id, fingerprint: id, payload: id, destination: "a", at: NOW - MINUTE, ...own });
}

const later = { due: NOW + MINUTE };
const critical = { severity: "critical" } as const;
const tried = { tries: 1, ...later };
const held = { held: "quiet", since: NOW - HOUR } as const;
const aRefusal = { destination: "a", since: NOW, at: NOW, times: 1, because: "no" };

Deno.test("what becomes of the deliveries in a queue", () => {
  type Row = [
    what: string,
    entries: Queued[],
    options: Partial<SelectionOptions> & { channel?: Partial<Channel>; fallbackAfter?: number },
    places: Partial<Record<Place, string[]>>,
    next?: number,
  ];
  const table: Row[] = [
    ["each goes", [one("1"), one("2")], {}, { batches: ["1", "2"] }],
    ["those of one payload share a message", [one("1", { payload: "p" }), one("2", { payload: "p" })], {}, {
      batches: ["1+2"],
    }],
    ["but not where each message has one", [one("1", { payload: "p" }), one("2", { payload: "p" })], {
      channel: { combine: "single" },
    }, { batches: ["1", "2"] }],
    [
      "nor at two destinations",
      [one("1", { payload: "p" }), one("2", { payload: "p", destination: "b" })],
      {},
      {
        batches: ["1", "2"],
      },
    ],
    ["of one incident only the first", [one("1", { fingerprint: "f" }), one("2", { fingerprint: "f" })], {}, {
      batches: ["1"],
    }],
    [
      "also when it is not due: firing before resolved",
      [
        one("1", { fingerprint: "f", ...tried }),
        one("2", { fingerprint: "f", reason: "resolved" }),
      ],
      {},
      {},
      NOW + MINUTE,
    ],
    [
      "its caller hears that it waits behind",
      [
        one("1", { fingerprint: "f", ...tried }),
        one("2", { fingerprint: "f" }),
      ],
      { isAwaited: ({ id }) => id === "2" },
      { behind: ["2"] },
      NOW + MINUTE,
    ],
    ["and the caller of one that goes waits for its attempt", [one("1")], { isAwaited: () => true }, {
      batches: ["1"],
    }],
    ["others overtake it", [one("1", tried), one("2")], {}, { batches: ["2"] }, NOW + MINUTE],
    ["a time of a clock that was set back is not waited for", [one("1", { due: NOW + 3 * HOUR })], {}, {
      batches: ["1"],
    }],
    ["what is in flight is looked at again", [one("1"), one("2")], { isTaken: ({ id }) => id === "1" }, {
      batches: ["2"],
    }, NOW],
    [
      "nothing overtakes what was settled while the queue was read",
      [one("1", { fingerprint: "f" }), one("2", { fingerprint: "f", reason: "resolved" })],
      { isTaken: ({ id }) => id === "1" },
      {},
      NOW,
    ],
    ["what waits for its incident is not", [one("1"), one("2")], { isBusy: ({ id }) => id === "1" }, {
      batches: ["2"],
    }, NOW],
    ["a destination that is gone", [one("1")], { find: () => undefined }, { dead: ["1"] }],
    [
      "one that cannot be used just now",
      [one("1")],
      { find: () => undefined, holds: () => true },
      {},
      NOW + MINUTE,
    ],
    [
      "one of a group that an address made, and that is not known here",
      [one("1", { group: "adhoc/x" })],
      {
        find: () => undefined,
      },
      { unknown: ["adhoc/x"] },
      NOW + MINUTE,
    ],
    [
      "the same after a day",
      [one("1", { group: "adhoc/x", at: NOW - 24 * HOUR })],
      { find: () => undefined },
      {
        dead: ["1"],
      },
    ],
    ["one that another lane serves now", [one("1")], { lane: "other" }, { moved: ["1"] }],
    ["a channel that cannot be loaded", [one("1")], { channelOf: () => undefined }, {}, NOW + MINUTE],
    [
      "a refused config waits for its probe",
      [one("1"), one("2", { destination: "b" })],
      {
        refusals: new Map([["a", { ...aRefusal, until: NOW + MINUTE }]]),
      },
      { batches: ["2"] },
      NOW + MINUTE,
    ],
    ["and is tried when that is due", [one("1")], {
      refusals: new Map([["a", { ...aRefusal, until: NOW }]]),
    }, { batches: ["1"], foldable: ["1"] }],
    [
      "what has waited a day for it is dead",
      [one("1", { at: NOW - 24 * HOUR })],
      {
        refusals: new Map([["a", { ...aRefusal, until: NOW + MINUTE }]]),
      },
      { toFallback: ["1"] },
      NOW,
    ],
    ["what quiet hours hold back waits", [one("1", { ...held, ...later })], {}, {}, NOW + MINUTE],
    ["what they held back goes together", [one("1", held), one("2", held)], {}, {
      batches: ["1+2"],
      foldable: ["1+2"],
    }],
    [
      "a later one of the incident takes along what they hold back",
      [
        one("1", { ...held, ...later, fingerprint: "f", payload: "p" }),
        one("2", { fingerprint: "f", ...critical, payload: "q" }),
      ],
      {},
      { batches: ["2+1"] },
      NOW + MINUTE,
    ],
    [
      "what some recipients have goes to the others by itself",
      [
        one("1", { partly: "message" }),
        one("2"),
      ],
      {},
      { batches: ["1", "2"] },
    ],
    [
      "and is given up when all of them get a later one",
      [
        one("1", { partly: "message", ...later, fingerprint: "f" }),
        one("2", { fingerprint: "f" }),
      ],
      {},
      { batches: ["2"], overtaken: ["1"] },
      NOW + MINUTE,
    ],
    [
      "that somebody knows waits until the others have it",
      [
        one("1", { partly: "message", fingerprint: "f" }),
        one("2", { fingerprint: "f", reason: "acknowledged" }),
        one("3", { fingerprint: "f", reason: "resolved" }),
      ],
      {},
      { batches: ["1"] },
    ],
    [
      "and does not replace it for those who get it later",
      [
        one("1", { partly: "message", ...later, fingerprint: "f" }),
        one("2", { fingerprint: "f", reason: "acknowledged" }),
      ],
      {},
      { batches: ["2"] },
      NOW + MINUTE,
    ],
    [
      "what a person did shares no message with what quiet hours held back, nor a digest",
      [
        one("1", { ...held, ...later, fingerprint: "f", payload: "p" }),
        one("2", { ...held, ...later, fingerprint: "f", payload: "r", reason: "acknowledged" }),
        one("3", { fingerprint: "f", ...critical, payload: "q" }),
        one("4", { payload: "q" }),
      ],
      { folding: true },
      { batches: ["1", "4"], foldable: ["4"] },
      NOW + MINUTE,
    ],
    [
      "where the vendor has a budget, all of it may be folded",
      [
        one("1", { fingerprint: "f" }),
        one("2", { fingerprint: "f" }),
      ],
      { channel: { limits: { rates: [{ messages: 20, per: MINUTE }] } } },
      { batches: ["1"], foldable: ["1+2"] },
    ],
    ["and not where a channel writes no digests", [one("1")], {
      channel: { digest: false },
      folding: true,
    }, { batches: ["1"] }],
    [
      "nor what was refused as it was, and what comes after it",
      [
        one("1", { fingerprint: "f", plain: true }),
        one("2", { fingerprint: "f" }),
        one("3"),
      ],
      { folding: true },
      { batches: ["1", "3"], foldable: ["3"] },
    ],
    ["nor what may have arrived", [one("1", { handedOver: true, ...tried }), one("2")], { folding: true }, {
      batches: ["2"],
      foldable: ["2"],
    }, NOW + MINUTE],
    ["but what has failed may be", [one("1", tried), one("2")], { folding: true }, {
      batches: ["2"],
      foldable: ["1+2"],
    }, NOW + MINUTE],
    [
      "unless the digest that told it is to go again",
      [one("1", { handedOver: true, ...tried })],
      {
        folding: true,
        digests: [{ destination: "a", upTo: "1" }],
      },
      { foldable: ["1"] },
      NOW + MINUTE,
    ],
  ];
  for (
    const [what, entries, { channel: own, fallbackAfter = 48 * HOUR, ...options }, places, next] of table
  ) {
    const selection = selectionOf({
      find: (id) => found(id, fallbackAfter),
      channelOf: () => ({ ...channel, ...own }) as Channel,
      ...options,
    });
    for (const entry of entries) selection.add(entry);
    // Without a waiting digest, `foldable` is meaningless.
    const { foldable, ...others } = placesOf(selection);
    const shown = "foldable" in places ? { ...others, foldable } : others;
    equal([shown, selection.next], [places, next ?? Infinity], what);
  }
});

Deno.test("how much of a queue is read", () => {
  const messages = (count: number, own: Partial<Queued> = {}): Queued[] =>
    Array.from({ length: count }, (_, index) => one(String(index).padStart(5, "0"), own));
  const table: [what: string, entries: Queued[], folding: boolean, read: number][] = [
    ["200 that go by themselves", messages(300), false, 200],
    ["all of a short queue", messages(50), false, 50],
    [
      "where a digest is made, 1,000 and on to the first critical one",
      [
        ...messages(1_100),
        one("z", critical),
        ...messages(10),
      ],
      true,
      1_101,
    ],
    ["but 10,000 at most", messages(10_100), true, 10_000],
    ["critical ones among the first are enough", messages(1_100, critical), true, 1_000],
  ];
  for (const [what, entries, folding, read] of table) {
    const selection = selectionOf({ find: (id) => found(id, 48 * HOUR), folding });
    const stop = entries.findIndex((entry) => selection.add(entry));
    equal(stop < 0 ? entries.length : stop + 1, read, what);
  }
});

Deno.test("a delivery does not overtake an earlier one of its incident when the message in flight ends during the read", () => {
  let inFlight = true;
  const selection = selectionOf({ find: (id) => found(id, HOUR), isBusy: () => inFlight });
  selection.add(queued({ id: "1", fingerprint: "f", destination: "good", at: NOW }));
  inFlight = false;
  selection.add(queued({ id: "2", fingerprint: "f", destination: "good", at: NOW }));
  selection.add(queued({ id: "3", fingerprint: "other", destination: "good", at: NOW }));
  equal(placesOf(selection).batches, ["3"]);
  equal(selection.next, NOW, "it is looked at again at once, as nothing in flight will wake the lane");
});
