/**
 * Counters, gauges and histograms as plain numbers. Counting is an increment; the library that writes Prometheus' format
 * is loaded with the first scrape only.
 *
 * @module
 */

/** One line of a metric. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** For a histogram: `_bucket`, `_sum` or `_count`. */
  readonly suffix?: string;
}

/** A metric and its current samples. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  samples(): Iterable<Sample>;
}

/** A metric's name, its help text, and the names of its labels. */
export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

/** Separates the values of labels in a key. */
const BETWEEN = "\n";

/** The key of label values, in the order of their names. */
export function keyOf(first: string, ...more: readonly string[]): string {
  return more.length === 0 ? first : `${first}${BETWEEN}${more.join(BETWEEN)}`;
}

/** A count that only grows. Its name ends in `_total`. */
export class Counter implements Metric {
  readonly type = "counter";
  readonly name: string;
  readonly help: string;
  readonly #labels: readonly string[];
  readonly #counts = new Map<string, number>();

  constructor({ name, help, labels = [] }: MetricOptions) {
    this.name = name;
    this.help = help;
    this.#labels = labels;
    if (labels.length === 0) this.#counts.set("", 0);
  }

  /** Add `by`. `key`: the value of its label, or the {@linkcode keyOf} several. */
  add(key = "", by = 1): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + by);
  }

  /** The current count of each combination of labels that occurred. */
  *samples(): Iterable<Sample> {
    for (const [key, value] of this.#counts) yield { labels: labelled(this.#labels, key), value };
  }
}

/** A value that is read at each scrape. */
export class Gauge implements Metric {
  readonly type: "gauge" | "counter" = "gauge";
  readonly name: string;
  readonly help: string;
  readonly #labels: readonly string[];
  readonly #read: () => Iterable<readonly [values: readonly string[], value: number]>;

  constructor(
    { name, help, labels = [] }: MetricOptions,
    read: () => Iterable<readonly [values: readonly string[], value: number]>,
  ) {
    this.name = name;
    this.help = help;
    this.#labels = labels;
    this.#read = read;
  }

  /** The current values. */
  *samples(): Iterable<Sample> {
    for (const [values, value] of this.#read()) {
      yield { labels: named(this.#labels, values), value };
    }
  }
}

/** A count of another component, read at each scrape. Its name ends in `_total`. */
export class Reading extends Gauge {
  override readonly type = "counter";
}

/** The number of durations below each bound, in seconds. */
export class Histogram implements Metric {
  readonly type = "histogram";
  readonly name: string;
  readonly help: string;
  readonly #labels: readonly string[];
  readonly #bounds: readonly number[];
  readonly #observed = new Map<string, { readonly counts: number[]; sum: number }>();

  /** `bounds`: in seconds, ascending. */
  constructor({ name, help, labels = [] }: MetricOptions, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.#labels = labels;
    this.#bounds = bounds;
    if (labels.length === 0) this.#of("");
  }

  /** Count a duration in seconds. `key`: the value of its label, or the {@linkcode keyOf} several. */
  observe(seconds: number, key = ""): void {
    const observed = this.#of(key);
    const index = this.#bounds.findIndex((bound) => seconds <= bound);
    observed.counts[index < 0 ? this.#bounds.length : index]!++;
    observed.sum += seconds;
  }

  /** The buckets, each with the count below its bound, the sum and the count. */
  *samples(): Iterable<Sample> {
    for (const [key, { counts, sum }] of this.#observed) {
      const labels = labelled(this.#labels, key);
      let below = 0;
      for (const [index, count] of counts.entries()) {
        below += count;
        const le = String(this.#bounds[index] ?? "+Inf");
        yield { labels: { ...labels, le }, value: below, suffix: "_bucket" };
      }
      yield { labels, value: sum, suffix: "_sum" };
      yield { labels, value: below, suffix: "_count" };
    }
  }

  #of(key: string): { readonly counts: number[]; sum: number } {
    let observed = this.#observed.get(key);
    if (!observed) {
      observed = { counts: new Array(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#observed.set(key, observed);
    }
    return observed;
  }
}

function labelled(names: readonly string[], key: string): Record<string, string> {
  return named(names, names.length > 1 ? key.split(BETWEEN) : [key]);
}

function named(names: readonly string[], values: readonly string[]): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [index, name] of names.entries()) labels[name] = values[index] ?? "";
  return labels;
}
