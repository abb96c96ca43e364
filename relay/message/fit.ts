/**
 * The search for the largest message that fits.
 *
 * @module
 */

/** A result that fits, and its count. */
export interface Fitting<T> {
  readonly count: number;
  readonly made: T;
}

/** The options of {@linkcode largestFit}. */
export interface FitOptions<T> {
  readonly make: (count: number) => T;
  /** The share of its limits that a result takes: at most 1 if it fits. It grows with the count. */
  readonly fillOf: (made: T) => number;
  /** The fill at `tooMany`, if it has been measured: a better first guess. */
  readonly fill?: number;
  /** The allowed distance of the count from the largest, as a share of it. Default 0. */
  readonly tolerance?: number;
}

/** A count, and its fill. */
interface Measured {
  readonly count: number;
  readonly fill: number;
}

/**
 * Finds the largest count, from 1 to `tooMany - 1`, whose result fits; `undefined` if none does. It assumes that the
 * fill grows evenly, and bisects if that fails: each result is a rendered message.
 */
export function largestFit<T>(tooMany: number, options: FitOptions<T>): Fitting<T> | undefined {
  const { make, fillOf } = options;
  const steps = search<T>(tooMany, options);
  for (let step = steps.next();;) {
    if (step.done) return step.value;
    const made = make(step.value);
    step = steps.next({ made, fill: fillOf(made) });
  }
}

/** {@linkcode largestFit} with an asynchronous measure. */
export async function largestFitAsync<T>(
  tooMany: number,
  options: Omit<FitOptions<T>, "fillOf"> & { readonly fillOf: (made: T) => Promise<number> },
): Promise<Fitting<T> | undefined> {
  const { make, fillOf } = options;
  const steps = search<T>(tooMany, options);
  for (let step = steps.next();;) {
    if (step.done) return step.value;
    const made = make(step.value);
    step = steps.next({ made, fill: await fillOf(made) });
  }
}

/** Yields each count to try, and receives its result. */
function* search<T>(
  tooMany: number,
  { fill = 2, tolerance = 0 }: Pick<FitOptions<T>, "fill" | "tolerance">,
): Generator<number, Fitting<T> | undefined, { readonly made: T; readonly fill: number }> {
  let best: Fitting<T> | undefined;
  let low: Measured = { count: 0, fill: 0 };
  let high: Measured = { count: tooMany, fill };
  for (let step = 0; high.count - low.count > 1 + tolerance * low.count; step++) {
    const count = step % 3 === 2 ? (low.count + high.count) >> 1 : guess(low, high);
    const { made, fill } = yield count;
    if (fill <= 1) [low, best] = [{ count, fill }, { count, made }];
    else high = { count, fill };
  }
  return best;
}

function guess(low: Measured, high: Measured): number {
  const slope = (high.fill - low.fill) / (high.count - low.count);
  const count = low.count + Math.floor((1 - low.fill) / slope);
  return Math.min(Math.max(count, low.count + 1), high.count - 1);
}
