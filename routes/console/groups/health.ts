import type { Rate } from "../../../relay/channel.ts";
import { limitsOf } from "../../../relay/channel/options.ts";
import { type Advice, adviceOf } from "../../../relay/channel/remedy.ts";
import type { Destination } from "../../../relay/domain/group.ts";
import { inWordsOf } from "../../../relay/message/dictionary.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import type { Relay } from "../../../relay/relay.ts";
import { holdOf, type LaneState, sicknessOf } from "../../../relay/store/lane_record.ts";
import type { Proof } from "../../../relay/domain/proof.ts";
import type { Locale } from "../../../relay/base/locale.ts";

/** How a destination fares, as far as anybody knows. */
export interface Health {
  readonly id: string;
  readonly name: string;
  readonly channel: string;
  /** What people call the channel. */
  readonly title: string;
  /** `proven`: its vendor has taken a message · `unproven`: nobody knows yet. */
  readonly state: "proven" | "unproven" | "throttled" | "failing" | "config" | "broken";
  /** The vendor's words, or why the channel cannot be loaded. */
  readonly because?: string;
  /** The cause, and what to do. */
  readonly advice?: Advice;
  /** When it is tried again. */
  readonly until?: number;
  readonly proof?: Proof;
  readonly rates: readonly Rate[];
  /** The name of its fallback. */
  readonly fallback?: string;
  readonly fallbackAfter: number;
  readonly standby: boolean;
}

/** How these destinations fare. @throws StoreError */
export async function healthOf(
  destinations: readonly Destination[],
  { relay: { store, channels, clock }, locale }: { relay: Relay; locale: Locale },
): Promise<Health[]> {
  const lanes = await store.outbox.states();
  return await Promise.all(destinations.map(async (destination) => {
    const { id, name, channel: channelName, lane, limits, fallback, fallbackAfter, standby, configHash } =
      destination;
    const channel = channels.get(channelName);
    const proof = await store.proofs.of(id);
    const state: Pick<Health, "state" | "because" | "until"> = channel
      ? stateOf(lanes.get(lane), { configHash, now: clock.now(), proven: proof !== undefined })
      : { state: "broken", because: channels.broken.get(channelName) ?? "" };
    const advice = state.because === undefined ? undefined : adviceOf(channel, state.because);
    return {
      id,
      name,
      channel: channelName,
      title: inWordsOf(locale, channel?.title ?? channelName),
      rates: [...limits, ...channel ? limitsOf(channel, destination.config).rates ?? [] : []],
      fallbackAfter,
      standby,
      ...fallback === undefined ? {} : { fallback: fallback.slice(fallback.lastIndexOf("/") + 1) },
      ...proof ? { proof } : {},
      ...state,
      ...advice ? { advice } : {},
    };
  }));
}

function stateOf(
  lane: LaneState = { failures: 0 },
  { configHash, now, proven }: { configHash: string; now: number; proven: boolean },
): Pick<Health, "state" | "because" | "until"> {
  const hold = holdOf(lane, configHash, now);
  if (hold) return { state: hold.kind, because: hold.because, until: hold.until };
  const sick = sicknessOf(lane, configHash);
  if (sick) return { state: "failing", because: sick.because };
  return { state: proven ? "proven" : "unproven" };
}

/** `20 / 1 min`. */
export function rateText({ messages, per }: Rate, { locale, t }: { locale: Locale; t: Translate }): string {
  const period = per === "day" || per === "month" ? t(`channels.per.${per}`) : formatDuration(per, locale);
  return `${messages} / ${period}`;
}
