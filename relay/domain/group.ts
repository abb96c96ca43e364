import type { Locale } from "../base/locale.ts";
import type { Rate } from "./rate.ts";
import type { Member } from "./member.ts";
import type { FlapRule } from "./flap.ts";
import type { Rotation } from "./oncall.ts";
import type { Quiet } from "./quiet.ts";

/** A channel plus its config, inside a group. */
export interface Destination {
  /** `owner/level/name`: what records use. */
  readonly id: string;
  readonly name: string;
  /** The channel's name. */
  readonly channel: string;
  /** What the channel's schema made of the config; as written while the channel cannot be loaded. */
  readonly config: unknown;
  /** The queue before the vendor's budget; destinations that share a robot share it. Reveals no secret. */
  readonly lane: string;
  /** Changes whenever the config does: a lane that was paused for a bad config tries again. Reveals no secret. */
  readonly configHash: string;
  /** The values of the config that must never show. */
  readonly secrets: readonly string[];
  /** Milliseconds that one attempt may take, if the operator or the channel sets it; else the relay's default. */
  readonly timeout?: number;
  /** Rates that the operator set, beside the channel's own. */
  readonly limits: readonly Rate[];
  /** The id of the destination of the same group that takes over when this one fails. */
  readonly fallback?: string;
  /** How long a delivery may wait before the fallback takes over, in milliseconds. */
  readonly fallbackAfter: number;
  /** Another destination names it as its fallback: it gets nothing else. */
  readonly isFallback: boolean;
}

/** The people to notify. */
export interface Group {
  /** `owner/level` */
  readonly id: string;
  readonly owner: string;
  readonly level: string;
  readonly members: readonly Member[];
  readonly destinations: readonly Destination[];
  /** The dedup period in milliseconds; 0 = off. */
  readonly window: number;
  /** Milliseconds after which it is notified again of what its sender still sends; not set = as the window. */
  readonly repeat?: number;
  readonly locale: Locale;
  /** An IANA time zone. */
  readonly timezone: string;
  /** Milliseconds after which it is reminded of a critical incident that nobody acknowledged. */
  readonly remind?: number | undefined;
  /** Milliseconds without a re-send after which it is no longer reminded; by default as the sender's rhythm suggests. */
  readonly remindStop?: number | undefined;
  readonly flap?: FlapRule | undefined;
  /** When it is notified of critical alerts only. */
  readonly quiet?: readonly Quiet[] | undefined;
  readonly oncall?: Rotation | undefined;
}

/** The destinations that get every notification; the others are fallbacks. */
export function primaryDestinations({ destinations }: Pick<Group, "destinations">): Destination[] {
  return destinations.filter(({ isFallback }) => !isFallback);
}

/** A group's `repeat` unless it sets its own. */
export const DEFAULT_REPEAT = 4 * 60 * 60_000;

/** Where groups are found by their ids. */
export interface GroupLookup {
  get(id: string): Group | undefined;
  /** Ask again for a group that is not found, and that another instance may have made. @throws StoreError */
  load(id: string): Promise<Group | undefined>;
  /** See to it that no newer configuration is stored than the one that answers here. @throws StoreError */
  refresh(): Promise<void>;
  /** Whether a destination that is not found is configured all the same, and cannot be used just now. */
  holds(destination: string): boolean;
}

/** A destination with its group, as the configuration has it now. */
export interface FoundDestination {
  readonly destination: Destination;
  readonly group: Group;
}

/** A destination and its group, by the destination's id. */
export function findDestination(
  id: string,
  groups: Pick<GroupLookup, "get">,
): FoundDestination | undefined {
  const group = groups.get(id.slice(0, id.lastIndexOf("/")));
  const destination = group?.destinations.find((destination) => destination.id === id);
  return group && destination ? { destination, group } : undefined;
}

/** The owner of the groups that are made for a target given in an address: no group of the configuration has it. */
export const ADHOC_OWNER = "adhoc";

/** The group of alerts for which nothing else names one; built in with the inbox. */
export const DEFAULT_GROUP = "default/default";
