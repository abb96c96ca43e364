import { deepStrictEqual as equal } from "node:assert/strict";
import type { Channel } from "../../../relay/channel.ts";
import type { FoundDestination } from "../../../relay/domain/group.ts";
import { QueueSelection } from "../../../relay/delivery/queue_selection.ts";
import { queued } from "../../kit/queued.ts";
import { HOUR } from "../../../relay/base/duration.ts";

const NOW = Date.UTC(2026, 0, 31, 8);

const channel = { name: "c", config: undefined, sample: {} } as unknown as Channel;

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
  readonly (readonly [what: string, fallbackAfter: number, handedOver: number, chosen: string[]])[] = [
    ["deliveries that wait for a refused config do not end the scan of a queue", 48 * HOUR, 0, ["good"]],
    ["deliveries that go to a fallback end the scan of a queue once there are 200", HOUR / 2, 200, []],
  ];

for (const [what, fallbackAfter, handedOver, chosen] of SCANS) {
  Deno.test(what, () => {
    const selection = new QueueSelection({
      now: NOW,
      lane: "lane",
      isTaken: () => false,
      isBusy: () => false,
      isAwaited: () => false,
      find: (id) => found(id, fallbackAfter),
      holds: () => false,
      channelOf: () => channel,
      folding: false,
      digests: [],
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
    equal([selection.handedOver.length, ids], [handedOver, chosen]);
  });
}
