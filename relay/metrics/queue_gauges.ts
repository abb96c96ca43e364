import type { Clock } from "../base/clock.ts";
import { Gauge } from "./instruments.ts";
import { channelOf } from "./lane_channel.ts";

/** The queue of a lane. */
export interface LaneDepth {
  readonly lane: string;
  readonly waiting: number;
  /** The time since which the oldest delivery that is not held for quiet hours has waited; `undefined` without one. */
  readonly oldestAt?: number | undefined;
}

/** The waiting deliveries of this instance's lanes, by channel. */
export function queueGauges(lanes: () => Iterable<LaneDepth>, clock: Pick<Clock, "now">): Gauge[] {
  return [
    new Gauge({
      name: "fenghuo_queue_deliveries",
      help: "Deliveries that wait in the lanes that this instance works on",
      labels: ["channel"],
    }, () => depthsOf(lanes())),
    new Gauge({
      name: "fenghuo_queue_oldest_age_seconds",
      help: "How long the oldest of them has waited; quiet hours do not count",
      labels: ["channel"],
    }, () => agesOf(lanes(), clock.now())),
  ];
}

function* depthsOf(lanes: Iterable<LaneDepth>): Iterable<[string[], number]> {
  const depths = new Map<string, number>();
  for (const { lane, waiting } of lanes) {
    const channel = channelOf(lane);
    depths.set(channel, (depths.get(channel) ?? 0) + waiting);
  }
  for (const [channel, depth] of depths) yield [[channel], depth];
}

function* agesOf(lanes: Iterable<LaneDepth>, now: number): Iterable<[string[], number]> {
  const ages = new Map<string, number>();
  for (const { lane, oldestAt = now } of lanes) {
    const channel = channelOf(lane);
    ages.set(channel, Math.max(ages.get(channel) ?? 0, now - oldestAt));
  }
  for (const [channel, age] of ages) yield [[channel], age / 1_000];
}
