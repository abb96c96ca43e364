import { defined } from "../../base/defined.ts";
import type { Channel, Rate } from "../../channel.ts";
import { adviceOf } from "../../channel/advice.ts";
import type { Advice } from "../../channel/remedy.ts";
import { ratesOf, roomIn } from "../../delivery/budget.ts";
import type { Destination, Group } from "../../domain/group.ts";
import { formatTime } from "../../base/time.ts";
import type { ChannelRegistry } from "../../channel/registry.ts";
import { type Hold, holdOf, type LaneState, sicknessOf } from "../../store/lane_record.ts";
import type { Proof } from "../../domain/proof.ts";
import type { WaitingInLane } from "../../store/records.ts";
import type { BudgetView, DestinationView, LaneView, RefusedView } from "../shapes/overview.ts";

/** The sources of the views. */
export interface LaneFacts {
  readonly groups: Iterable<Group>;
  readonly channels: ChannelRegistry;
  readonly states: ReadonlyMap<string, LaneState>;
  readonly waiting: ReadonlyMap<string, WaitingInLane>;
  readonly proofs: ReadonlyMap<string, Proof>;
  /** By lane: the response to the last attempt of its oldest pending delivery. */
  readonly lastResponses: ReadonlyMap<string, string | undefined>;
  readonly now: number;
}

/** Every lane that serves a destination or holds pending deliveries: first paused ones, then the fullest. */
export function lanesOf(
  { groups, channels, states, waiting, proofs, lastResponses, now }: LaneFacts,
): LaneView[] {
  const served = servedBy(groups);
  return [...new Set([...served.keys(), ...waiting.keys()])].map((name): LaneView => {
    const destinations = served.get(name) ?? [];
    const state = states.get(name) ?? { failures: 0 };
    const { failures, spent = {} } = state;
    const budget = ratesIn(destinations, channels).map((rate): BudgetView => {
      const { free, next } = roomIn(spent, [rate], { now, critical: true });
      return defined({
        per: rate.per,
        messages: rate.messages,
        left: Math.max(0, free),
        next: free > 0 ? undefined : next,
      });
    });
    const queue = waiting.get(name) ?? { count: 0, more: false, destinations: [] };
    const refused = refusedIn(state, destinations, queue);
    const pause = pauseOf(state, { destinations, refused, now });
    // If every config is refused, the vendor accepts nothing.
    const sick = state.sick ??
      (pause?.kind === "config" ? { since: pause.at, because: pause.because } : undefined);
    const because = lastResponses.get(name);
    const isRefused = new Set(refused.flatMap(({ destinations }) => destinations));
    const laneState = (): LaneView["state"] => {
      if (pause) return "paused";
      if (queue.count === 0) return "idle";
      if (!queue.more && queue.destinations.every((id) => isRefused.has(id))) return "refused";
      if (failures > 0 || takesNothing(queue, destinations, proofs)) return "failing";
      if ((queue.quietUntil ?? 0) > now) return "held";
      return budget.some(({ left }) => left === 0) ? "full" : "working";
    };
    const trouble = pause?.because ?? sick?.because ?? refused[0]?.because ?? because;
    const channel = channels.get(destinations[0]?.channel ?? name.replace(/-[^-]*$/, ""));
    return defined({
      name,
      state: laneState(),
      destinations: destinations.length > 0 ? destinations.map(({ id }) => id) : queue.destinations,
      waiting: queue,
      failures,
      pause,
      sick,
      refused,
      budget,
      because,
      advice: adviceFor(channel, trouble),
    });
  }).sort((a, b) =>
    Number(mustWait(b)) - Number(mustWait(a)) || b.waiting.count - a.waiting.count ||
    (a.name < b.name ? -1 : 1)
  );
}

/** The destinations of each lane. */
function servedBy(groups: Iterable<Group>): Map<string, Destination[]> {
  return Map.groupBy([...groups].flatMap(({ destinations }) => destinations), ({ lane }) => lane);
}

/**
 * Whether nothing was delivered in a lane since its oldest pending delivery was first attempted. A mail server that
 * refuses each recipient never fails as a whole, but no mail arrives.
 */
function takesNothing(
  { oldest }: Partial<Pick<WaitingInLane, "oldest">>,
  destinations: readonly Destination[],
  proofs: LaneFacts["proofs"],
): boolean {
  const { firstTry, partly } = oldest ?? {};
  if (firstTry === undefined || partly) return false;
  return destinations.every(({ id }) => (proofs.get(id)?.at ?? -Infinity) < firstTry);
}

function adviceFor(channel: Channel | undefined, because: string | undefined): Advice | undefined {
  return because === undefined ? undefined : adviceOf(channel, because);
}

function mustWait({ state, refused }: LaneView): boolean {
  return state === "paused" || state === "failing" || refused.length > 0;
}

/** The refusals of current configs, and of ad-hoc targets with pending deliveries. */
function refusedIn(
  { refused = {} }: LaneState,
  destinations: readonly Destination[],
  { destinations: waiting }: WaitingInLane,
): RefusedView[] {
  return Object.entries(refused).flatMap(([hash, { destination, since, until, because }]) => {
    const configured = destinations.filter(({ configHash }) => configHash === hash).map(({ id }) => id);
    const isConfigured = destinations.some(({ id }) => id === destination);
    const ids = configured.length > 0 || isConfigured || !waiting.includes(destination)
      ? configured
      : [destination];
    return ids.length === 0 ? [] : [{ destinations: ids, since, until, because }];
  });
}

/** A sentence for each configured destination whose config its vendor refuses; without the vendor's response. */
export function refusalsOf(
  { groups, states, timezone }: Pick<LaneFacts, "groups" | "states"> & { readonly timezone: string },
): string[] {
  return [...groups].flatMap(({ destinations }) =>
    destinations.flatMap(({ id, lane, configHash }) => {
      const refusal = states.get(lane)?.refused?.[configHash];
      if (!refusal) return [];
      const [since, until] = [refusal.since, refusal.until].map((ms) => formatTime(ms, { timezone }));
      return [
        `${id}: the vendor refuses its configuration since ${since}; it is tried again at ${until}, and at once when it changes`,
      ];
    })
  );
}

/**
 * The reason why the whole lane is paused: its vendor throttles it, or refuses the config of each of its
 * destinations.
 */
function pauseOf(
  { pause }: LaneState,
  { destinations, refused, now }: {
    destinations: readonly Destination[];
    refused: readonly RefusedView[];
    now: number;
  },
): Hold | undefined {
  if (pause && pause.until > now) return pause;
  const ids = new Set(refused.flatMap(({ destinations }) => destinations));
  const [first] = refused.toSorted((a, b) => a.until - b.until);
  if (!first || !destinations.every(({ id }) => ids.has(id))) return undefined;
  return { kind: "config", until: first.until, at: first.since, because: first.because };
}

/** Several destinations of a lane may have the same rate. */
function ratesIn(destinations: readonly Destination[], channels: ChannelRegistry): Rate[] {
  const rates = destinations.flatMap((destination) => {
    const channel = channels.get(destination.channel);
    return channel ? ratesOf(channel, destination) : [];
  });
  return [...new Map(rates.map((rate) => [`${rate.messages} ${rate.per}`, rate])).values()];
}

const TROUBLE: Readonly<Record<DestinationView["state"], number>> = {
  sick: 0,
  unusable: 1,
  paused: 2,
  failing: 3,
  unproven: 4,
  works: 5,
};

/** Every configured destination, failing ones first. */
export function destinationsOf(
  { groups, channels, states, waiting, proofs, lastResponses, now }: LaneFacts,
): DestinationView[] {
  const served = servedBy(groups);
  return [...groups].flatMap(({ id: group, destinations }) =>
    destinations.map(({ id, name, channel, lane, configHash, broken }): DestinationView => {
      const state = states.get(lane) ?? { failures: 0 };
      const { failures } = state;
      const sick = sicknessOf(state, configHash);
      const hold = holdOf(state, configHash, now);
      const isFailing = failures > 0 || takesNothing(waiting.get(lane) ?? {}, served.get(lane) ?? [], proofs);
      const because = isFailing ? lastResponses.get(lane) : undefined;
      const proven = proofs.get(id);
      const unusable = channels.get(channel) ? broken : channels.broken.get(channel) ?? channel;
      const fares: Pick<DestinationView, "state" | "because" | "since"> = unusable !== undefined
        ? { state: "unusable", because: unusable }
        : sick
        ? { state: "sick", because: sick.because, since: sick.since }
        : hold
        ? { state: "paused", because: hold.because, since: hold.at }
        : because !== undefined
        ? { state: "failing", because }
        : { state: proven ? "works" : "unproven" };
      return defined({
        id,
        group,
        name,
        channel,
        title: channels.get(channel)?.title ?? channel,
        lane,
        proven,
        ...fares,
        advice: adviceFor(channels.get(channel), fares.because),
      });
    })
  ).sort((a, b) => TROUBLE[a.state] - TROUBLE[b.state] || (a.id < b.id ? -1 : 1));
}
