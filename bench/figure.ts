import type { Programs } from "./programs.ts";

/** The environment of a figure. */
export interface Stage {
  /** Starts programs, and ends them all when the figure is done. */
  readonly programs: Programs;
  /** Fewer and shorter rounds, and smaller numbers. */
  readonly quick: boolean;
  /** Reports progress. */
  say(words: string): void;
}

/** The bound of a ratio. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** The result of a figure: a value beside its floor, or a list of promises, kept or broken. */
export type Outcome =
  | {
    readonly kind: "ratio";
    /** The median of the rounds. */
    readonly value: number;
    readonly floor: number;
    /** One value for each round. */
    readonly values: readonly number[];
    readonly floors: readonly number[];
    /** Further observations. */
    readonly note?: string;
  }
  | { readonly kind: "promises"; readonly broken: readonly string[]; readonly note: string }
  /** Beside another program with the same work; it has no bound, because it may be better. */
  | { readonly kind: "beside"; readonly rows: readonly Beside[]; readonly note: string }
  /** This machine lacks a requirement of the figure. */
  | { readonly kind: "skipped"; readonly because: string };

/** The same quantity for the relay and for another program. */
export interface Beside {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  readonly other: number;
}

/** One figure. */
export interface Figure {
  readonly name: string;
  /** The title of the measurement. */
  readonly title: string;
  /** The floor that the value is compared with. */
  readonly floor: string;
  readonly unit: string;
  /** The bound of figure ÷ floor. */
  readonly bound?: Bound;
  measure(stage: Stage): Promise<Outcome>;
}

/** Whether an outcome is good enough. */
export function holds({ bound }: Figure, outcome: Outcome): boolean {
  if (outcome.kind === "beside" || outcome.kind === "skipped") return true;
  if (outcome.kind === "promises") return outcome.broken.length === 0;
  const ratio = outcome.value / outcome.floor;
  if (bound === undefined || !Number.isFinite(ratio)) return false;
  return "atLeast" in bound ? ratio >= bound.atLeast : ratio <= bound.atMost;
}

/**
 * Measure a figure and its floor in turns, so that other load on the machine affects both. The first round of each
 * warms up and does not count.
 */
export async function byTurns(
  rounds: number,
  { value, floor }: { value: () => Promise<number>; floor: () => Promise<number> },
): Promise<Extract<Outcome, { kind: "ratio" }>> {
  const values: number[] = [];
  const floors: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    floors.push(await floor());
    values.push(await value());
  }
  values.shift();
  floors.shift();
  return { kind: "ratio", value: median(values), floor: median(floors), values, floors };
}

/** The median. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The value below which `part` of the numbers lie, interpolated between two of them. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [below = NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}
