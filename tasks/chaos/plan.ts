/**
 * The plan of a chaos run: the faults of relays, database, clocks and vendors, with their times. It depends only on
 * the seed, so that a run can be repeated; the interleaving of the processes varies.
 *
 * @module
 */
import { type KvFault, randomFrom } from "../../simulator/kv_connect.ts";
import { VENDOR_FAULTS, type VendorFault, type VendorName, VENDORS } from "./vendors.ts";

/** A fault, and its duration in seconds. */
export type Action =
  | {
    readonly kind: "kill" | "stop" | "freeze" | "partition";
    readonly relay: string;
    readonly seconds: number;
  }
  | { readonly kind: "database"; readonly fault: KvFault; readonly seconds: number }
  | { readonly kind: "latency"; readonly ms: number; readonly jitterMs: number; readonly seconds: number }
  | { readonly kind: "clock"; readonly relay: string; readonly aheadMs: number; readonly seconds: number }
  | {
    readonly kind: "vendor";
    readonly vendor: VendorName;
    readonly fault: VendorFault;
    readonly times: number;
    readonly seconds: number;
  };

/** An action and its begin, in seconds since the start. */
export interface Planned {
  readonly at: number;
  readonly action: Action;
}

/** Consecutive actions; the tracks of a plan run concurrently. */
export type Track = readonly Planned[];

/** The inputs of a plan. */
export interface PlanOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly relays: readonly string[];
  /** Whether the relays' clocks can be changed. */
  readonly clocks: boolean;
}

/** The difference of a wrong clock, ahead or back, in milliseconds. */
const CLOCK_MS = 2_000;

/**
 * A vendor that may have received a message gets it again after a minute, then after four. Such faults end with this
 * share of the run, so that most of the messages are settled by its end.
 */
const UNKNOWN_UNTIL = 0.5;

/** The tracks of a run. At most one relay is killed, stopped or frozen at a time, and at most one is partitioned. */
export function planOf({ seed, seconds, relays, clocks }: PlanOptions): readonly Track[] {
  const dice = diceOf(seed);
  const track = (gap: Range, make: (at: number) => Action, first = gap): Track => {
    const planned: Planned[] = [];
    for (let at = dice.between(first); at < seconds;) {
      const action = make(at);
      planned.push({ at, action });
      at += action.seconds + dice.between(gap);
    }
    return planned;
  };
  const relay = (): string => dice.pick(relays);
  return [
    track([4, 12], () => {
      const kind = dice.pick(["kill", "kill", "stop", "freeze"]);
      return { kind, relay: relay(), seconds: dice.between(kind === "freeze" ? [2, 30] : [0.5, 12]) };
    }),
    track([10, 30], () => ({ kind: "partition", relay: relay(), seconds: dice.between([2, 30]) })),
    track([1, 7], () => {
      const seconds = dice.between([1, 8]);
      return { kind: "database", seconds, fault: { ...databaseFault(dice, relays), seconds } };
    }),
    track([5, 20], () => ({
      kind: "latency",
      seconds: dice.between([3, 15]),
      ms: Math.round(dice.between([2, 60])),
      jitterMs: Math.round(dice.between([0, 40])),
    })),
    ...clocks
      ? [track([4, 12], () => ({
        kind: "clock",
        relay: relay(),
        aheadMs: Math.round(dice.between([-CLOCK_MS, CLOCK_MS])),
        seconds: 0,
      }), [0, 2])]
      : [],
    ...VENDORS.map((vendor) =>
      track([3, 12], (at) => {
        const isLate = at > UNKNOWN_UNTIL * seconds;
        const faults = VENDOR_FAULTS[vendor].filter(({ leavesUnknown }) => !(isLate && leavesUnknown));
        const { fault, times: [from, to], seconds: lasts } = dice.pick(faults);
        return {
          kind: "vendor",
          vendor,
          fault,
          times: Math.round(dice.between([from, to])),
          seconds: dice.between(lasts),
        };
      })
    ),
  ];
}

/** An action, as a line for a person: `12.3 s  kill b for 4.0 s`. */
export function wordsOf(action: Action): string {
  const lasting = action.seconds === 0 ? "" : ` for ${action.seconds.toFixed(1)} s`;
  switch (action.kind) {
    case "kill":
    case "stop":
    case "freeze":
    case "partition":
      return `${action.kind} ${action.relay}${lasting}`;
    case "database": {
      const { kind, on = "all requests", instance = "all relays", share = 1, delayMs } = action.fault;
      const late = kind === "late" ? ` by ${delayMs} ms` : "";
      return `database: ${kind}${late}, ${Math.round(share * 100)} % of ${on} of ${instance}${lasting}`;
    }
    case "latency":
      return `database: ${action.ms} to ${action.ms + action.jitterMs} ms away${lasting}`;
    case "clock":
      return `clock of ${action.relay}: ${action.aheadMs} ms ahead`;
    case "vendor":
      return `${action.vendor}: ${action.fault}, ${action.times} times at most${lasting}`;
  }
}

/** The least and the most. */
type Range = readonly [number, number];

/** Random choices that the seed repeats. */
export interface Dice {
  /** A function like `Math.random`. */
  readonly random: () => number;
  between(range: Range): number;
  pick<const T>(from: readonly T[]): T;
  chance(share: number): boolean;
}

/** @returns dice that repeat their results for the same seed */
export function diceOf(seed: number): Dice {
  const random = randomFrom(seed);
  return {
    random,
    between: ([from, to]) => from + (to - from) * random(),
    pick: (from) => from[Math.floor(random() * from.length)]!,
    chance: (share) => random() < share,
  };
}

/** A fault of the database: of all requests during an outage, of some of them otherwise; of one relay, or of all. */
function databaseFault(dice: Dice, relays: readonly string[]): KvFault {
  const instance = dice.chance(0.3) ? { instance: dice.pick(relays) } : {};
  const isOutage = dice.chance(0.25);
  if (isOutage) {
    return { kind: dice.pick(["5xx_before", "hang", "reset_before"]), ...instance, share: 1 };
  }
  const kind = dice.pick([
    "5xx_before",
    "5xx_after",
    "late",
    "hang",
    "hang_after",
    "reset_before",
    "reset_after",
    "broken_body",
    "short_body",
    "401",
    "429",
  ]);
  const on = dice.chance(0.5) ? { on: "write" as const } : {};
  const late = kind === "late" ? { delayMs: Math.round(dice.between([50, 3_000])) } : {};
  return { kind, ...instance, ...on, ...late, share: dice.between([0.02, 0.3]) };
}
