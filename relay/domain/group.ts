import type { EscalationStep } from "./escalation.ts";
import type { Locale } from "../base/locale.ts";
import type { Network } from "../base/network.ts";
import type { Rate } from "./rate.ts";
import type { Member } from "./member.ts";
import type { FlapRule } from "./flap.ts";
import type { Grouping } from "./grouping.ts";
import type { OnCall } from "./oncall.ts";
import type { Quiet } from "./quiet.ts";

/** A channel plus its config, inside a group. */
export interface Destination {
  /** `owner/level/name`, used in records. */
  readonly id: string;
  readonly name: string;
  /** The channel's name. */
  readonly channel: string;
  /** The config as parsed by the channel's schema; unparsed while the channel cannot be loaded. */
  readonly config: unknown;
  /** The queue before the vendor's budget; destinations of one robot share it. Reveals no secret. */
  readonly lane: string;
  /** Change with every change of the config, so that a refused config is tried again. Reveals no secret. */
  readonly configHash: string;
  /** The secret values of the config and of the network. */
  readonly secrets: readonly string[];
  /**
   * The reason why the channel's code fails on this config, without secrets: its deliveries wait for a fixed plugin.
   */
  readonly broken?: string;
  /**
   * The time limit of one attempt in milliseconds, if the operator or the channel sets it; otherwise the relay's
   * default.
   */
  readonly timeout?: number;
  /** Its proxy and its certificates, if it has any. */
  readonly network?: Network;
  /** Rates that the operator set, in addition to the channel's own. */
  readonly limits: readonly Rate[];
  /** The id of the destination of the same group that takes over when this one fails. */
  readonly fallback?: string;
  /** The longest wait of a delivery before the fallback takes over, in milliseconds. */
  readonly fallbackAfter: number;
  /** Whether another destination names it as its fallback; then it gets only that destination's failed deliveries. */
  readonly isFallback: boolean;
  /** Set when it belongs to a step of the group's escalation: then it gets only that step's notifications. */
  readonly isStep?: true;
  /** The members to notify there, instead of those on call. */
  readonly members?: readonly Member[];
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
  /** Milliseconds after which it is notified again of an alert that its sender still sends; default: the window. */
  readonly repeat?: number;
  /** The grouping of its notifications; `window` and `repeat` are then its `repeat`. */
  readonly grouping?: Grouping | undefined;
  readonly locale: Locale;
  /** An IANA time zone. */
  readonly timezone: string;
  /** Milliseconds after which it is reminded of a critical incident that nobody acknowledged. */
  readonly remind?: number | undefined;
  /** Milliseconds without a re-send after which reminders stop; by default derived from the sender's own intervals. */
  readonly remindStop?: number | undefined;
  readonly flap?: FlapRule | undefined;
  /** The hours in which it is notified of critical alerts only. */
  readonly quiet?: readonly Quiet[] | undefined;
  readonly oncall?: OnCall | undefined;
  /** The steps while nobody acknowledges an incident, in the order of `after`. */
  readonly escalate?: readonly EscalationStep[] | undefined;
}

/** The destinations that get every notification; the others are fallbacks, or belong to an escalation. */
export function primaryDestinations({ destinations }: Pick<Group, "destinations">): Destination[] {
  return destinations.filter(({ isFallback, isStep }) => !isFallback && !isStep);
}

/** The default of a group's `repeat`. */
export const DEFAULT_REPEAT = 4 * 60 * 60_000;

/** Finds groups by id. */
export interface GroupLookup {
  get(id: string): Group | undefined;
  /** Read a missing group from the store: another instance may have created it. @throws StoreError */
  load(id: string): Promise<Group | undefined>;
  /** Read the configuration again if a newer one is stored. @throws StoreError */
  refresh(): Promise<void>;
  /** Whether a missing destination is configured but temporarily unavailable. */
  holds(destination: string): boolean;
  /** Whether a configured destination of this lane has a fallback. */
  hasFallback(lane: string): boolean;
}

/** A destination with its group in the current configuration. */
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

/** The owner of groups created for a target in a URL; no configured group has it. */
export const ADHOC_OWNER = "adhoc";

/** The group that alerts fall back to; built in, with the inbox. */
export const DEFAULT_GROUP = "default/default";
