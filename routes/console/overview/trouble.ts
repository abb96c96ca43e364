import type { DestinationView, Glance, LaneView } from "../../../relay/query/shapes/overview.ts";

/** Faults that prevent the arrival of messages. */
export interface Trouble {
  /** Lanes whose provider refuses, fails or does not answer, the fullest first. */
  readonly lanes: readonly LaneView[];
  /** Destinations that fail for a reason of their own. */
  readonly destinations: readonly DestinationView[];
  /** Deliveries that failed in the ledger's period, by destination, the most first. */
  readonly dead: readonly { readonly destination: string; readonly count: number }[];
  readonly deadCount: number;
  /** Destinations whose ledger is not balanced. */
  readonly wrong: readonly string[];
}

/** The states of destinations that nothing reaches until a person acts. */
const BROKEN: ReadonlySet<DestinationView["state"]> = new Set(["sick", "unusable"]);

/** Whether nothing reaches a destination until a person acts. */
export function isBroken({ state }: DestinationView): boolean {
  return BROKEN.has(state);
}

/** Whether a lane's provider refuses messages that it should accept. A rate limit alone is no trouble. */
export function isInTrouble({ state, pause, sick, refused }: LaneView): boolean {
  if (refused.length > 0 || sick) return true;
  return state === "failing" || state === "paused" && pause?.kind !== "throttled";
}

/** The delivery trouble of a relay. */
export function troubleIn(
  { lanes, destinations, ledger }: Glance,
  isHealthy: (one: DestinationView) => boolean,
): Trouble {
  const troubled = lanes.filter(isInTrouble);
  const shown = new Set(troubled.flatMap(({ destinations }) => destinations));
  const dead = Object.entries(ledger?.value.destinations ?? {})
    .flatMap(([destination, { dead }]) => dead > 0 ? [{ destination, count: dead }] : [])
    .sort((a, b) => b.count - a.count);
  return {
    lanes: troubled,
    destinations: destinations.filter((one) => !isHealthy(one) && !shown.has(one.id)),
    dead,
    deadCount: ledger?.value.total.dead ?? 0,
    wrong: ledger?.value.wrong ?? [],
  };
}
