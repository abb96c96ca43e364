/** A result that fits, and the number that it was made with. */
export interface Fitting<T> {
  readonly count: number;
  readonly made: T;
}

/** The options of {@linkcode largestFit}. */
export interface FitOptions<T> {
  readonly make: (count: number) => T;
  /** The share of its limits that a result takes: at most 1 if it fits. It grows with the count. */
  readonly fillOf: (made: T) => number;
  /** The fill at the count above which nothing fits, if it is known: a better first guess. */
  readonly fill?: number;
  /** How far the count may be from the largest, as a share of it. Default 0. */
  readonly tolerance?: number;
}

/**
 * Finds the largest count, from 1 to `tooMany - 1`, whose result fits; `undefined` if none does. It guesses that the fill
 * grows evenly, and bisects where that does not help: each result is a rendered message.
 */
export function largestFit<T>(
  tooMany: number,
  { make, fillOf, fill, tolerance = 0 }: FitOptions<T>,
): Fitting<T> | undefined {
  let best: Fitting<T> | undefined;
  let low = { count: 0, fill: 0 };
  let high = { count: tooMany, fill: fill ?? 2 };
  for (let step = 0; high.count - low.count > 1 + tolerance * low.count; step++) {
    const slope = (high.fill - low.fill) / (high.count - low.count);
    const guess = step % 3 === 2
      ? (low.count + high.count) >> 1
      : low.count + Math.floor((1 - low.fill) / slope);
    const count = Math.min(Math.max(guess, low.count + 1), high.count - 1);
    const made = make(count);
    const at = { count, fill: fillOf(made) };
    if (at.fill <= 1) [low, best] = [at, { count, made }];
    else high = at;
  }
  return best;
}
