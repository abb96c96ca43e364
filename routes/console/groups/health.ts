import type { Rate } from "../../../relay/channel.ts";
import { limitsOf } from "../../../relay/channel/options.ts";
import type { Destination } from "../../../relay/domain/group.ts";
import { titleOfChannel } from "../../../relay/message/dictionary.ts";
import type { Translate } from "../../../relay/message/locale.ts";
import { formatDuration } from "../../../relay/base/time.ts";
import type { Relay } from "../../../relay/relay.ts";
import type { DestinationState } from "../../../relay/query/destination_state.ts";
import type { Locale } from "../../../relay/base/locale.ts";

/** A destination and its state. */
export interface DestinationHealth extends DestinationState {
  readonly id: string;
  readonly name: string;
  readonly channel: string;
  /** The channel's display name. */
  readonly title: string;
  readonly rates: readonly Rate[];
  /** The name of its fallback. */
  readonly fallback?: string;
  readonly fallbackAfter: number;
  readonly isFallback: boolean;
  /** Whether it belongs to a step of the escalation, which has its settings. */
  readonly isStep: boolean;
}

/** The state of these destinations. @throws StoreError */
export async function healthOf(
  destinations: readonly Destination[],
  { relay: { query }, locale }: { relay: Relay; locale: Locale },
): Promise<DestinationHealth[]> {
  const states = await query.deliveries.statesOf(destinations);
  return destinations.map((destination, index) => {
    const { id, name, channel: channelName, limits, fallback, fallbackAfter, isFallback, isStep = false } =
      destination;
    const channel = query.channels.get(channelName);
    return {
      id,
      name,
      channel: channelName,
      title: titleOfChannel(channelName, { channels: query.channels, locale }),
      rates: [...limits, ...channel ? limitsOf(channel, destination.config).rates ?? [] : []],
      fallbackAfter,
      isFallback,
      isStep,
      ...fallback === undefined ? {} : { fallback: fallback.slice(fallback.lastIndexOf("/") + 1) },
      ...states[index]!,
    };
  });
}

/** `20 / 1 min`. */
export function rateText({ messages, per }: Rate, { locale, t }: { locale: Locale; t: Translate }): string {
  const period = per === "day" || per === "month" ? t(`channels.per.${per}`) : formatDuration(per, locale);
  return `${messages} / ${period}`;
}
