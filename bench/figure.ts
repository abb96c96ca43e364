import type { Programs } from "./programs.ts";

/** What a figure works with. */
export interface Stage {
  /** Starts programs, and ends them all when the figure is done. */
  readonly programs: Programs;
  /** Fewer and shorter rounds, and smaller numbers. */
  readonly quick: boolean;
  /** A word on the progress. */
  say(words: string): void;
}

/** How far a ratio may go. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** What came out: a figure beside its floor, or a list of promises that hold or do not. */
export type Outcome =
  | {
    readonly kind: "ratio";
    /** The median of each. */
    readonly value: number;
    readonly floor: number;
    /** One for each round. */
    readonly values: readonly number[];
    readonly floors: readonly number[];
    /** What else was seen. */
    readonly note?: string;
  }
  | { readonly kind: "promises"; readonly broken: readonly string[]; readonly note: string }
  /** Beside another program that does the same work; no bound: it may be better. */
  | { readonly kind: "beside"; readonly rows: readonly Beside[]; readonly note: string }
  /** What it needs is not on this machine. */
  | { readonly kind: "skipped"; readonly because: string };

/** The same quantity of the relay and of another program. */
export interface Beside {
  readonly what: string;
  readonly unit: string;
  readonly value: number;
  readonly other: number;
}

/** One figure. */
export interface Figure {
  readonly name: string;
  /** What is measured, in words. */
  readonly title: string;
  /** What it is measured against. */
  readonly floor: string;
  readonly unit: string;
  /** Of figure ÷ floor. */
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
 * Measure a figure and its floor by turns, so that what else the machine does meets both. The first round of each warms
 * up and does not count.
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

/** The middle one. */
export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5);
}

/** The number below which `part` of them are; between two of them by proportion. */
export function quantile(numbers: readonly number[], part: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = (sorted.length - 1) * part;
  const [below = NaN, above = below] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below + (above - below) * (place - Math.floor(place));
}
