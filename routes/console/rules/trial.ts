import { labelOf, type Labels } from "../../../relay/domain/alert.ts";
import type { Config } from "../../../relay/config/mod.ts";
import { enrichedLabels } from "../../../relay/domain/enrichment.ts";
import { type Destination, type Group, primaryDestinations } from "../../../relay/domain/group.ts";
import { recipientsOf } from "../../../relay/message/render.ts";
import type { ChannelRegistry } from "../../../relay/channel/registry.ts";
import { route, type RoutedBy, type RuleTrial, tryRules } from "../../../relay/domain/rules.ts";

/** The result for one alert. */
export interface Tried {
  readonly title: string;
  readonly labels: Labels;
  readonly rules: readonly RuleTrial[];
  readonly told: readonly NotifiedGroup[];
}

/** A group that would be notified. */
export interface NotifiedGroup {
  readonly group: string;
  readonly by: RoutedBy;
  readonly rule: number | undefined;
  readonly destinations: readonly { readonly name: string; readonly channel: string }[];
  /** The names of the people that its messages mention now: in a group with a rotation, those on call. */
  readonly people: readonly string[];
}

/** Which rules match these labels, why, and which groups would be notified. */
export function tryOn(
  said: Labels,
  { config, channels, calendarOf, now, named }: {
    config: Config;
    channels: ChannelRegistry;
    /** A group with the overrides that were made for it. */
    calendarOf: (group: Group) => Group;
    now: number;
    /** The group that the sender names. */
    named?: string | undefined;
  },
): Tried {
  const { enrich, groups, rules } = config;
  const labels = enrichedLabels(said, enrich);
  const titleOf = ({ channel }: Destination): string => channels.get(channel)?.title ?? channel;
  return {
    title: labelOf(labels, "alertname") ?? "",
    labels,
    rules: tryRules(labels, rules),
    told: route(labels, { named, groups, rules }).map(({ group, by, rule }): NotifiedGroup => ({
      group: group.id,
      by,
      rule,
      destinations: primaryDestinations(group)
        .map((destination) => ({ name: destination.name, channel: titleOf(destination) })),
      people: namesOf(calendarOf(group), now),
    })),
  };
}

function namesOf(group: Group, now: number): string[] {
  return recipientsOf({ group, now }).map(({ id, name }) => name ?? id);
}
