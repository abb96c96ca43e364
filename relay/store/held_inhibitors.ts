import type { Labels } from "../domain/alert.ts";
import { InhibitorIndex, type InhibitRule } from "../domain/inhibition.ts";

/** A source of `inhibit`, by the id of its incident. */
export interface Inhibitor {
  readonly fingerprint: string;
  /** The labels of its newest firing alert. */
  readonly labels: Labels;
  /** The time at which its incident ended. It is stored until the alerts that it inhibited are decided again. */
  readonly endedAt?: number;
}

/** Whether the incident of a source has ended. */
export function isEnded({ endedAt }: Inhibitor): boolean {
  return endedAt !== undefined;
}

/** The sources in memory, with an index of the open ones by the present rules. */
export class HeldInhibitors {
  readonly #rules: () => readonly InhibitRule[];
  readonly #held = new Map<string, Inhibitor>();
  #index: { readonly rules: readonly InhibitRule[]; readonly of: InhibitorIndex } | undefined;

  constructor(rules: () => readonly InhibitRule[]) {
    this.#rules = rules;
  }

  /** The number of sources. */
  get size(): number {
    return this.#held.size;
  }

  /** The ids of those that have ended. */
  get ended(): string[] {
    return [...this.#held].flatMap(([id, one]) => isEnded(one) ? [id] : []);
  }

  /** The open ones. */
  get index(): InhibitorIndex {
    const rules = this.#rules();
    if (this.#index?.rules === rules) return this.#index.of;
    const index = new InhibitorIndex(rules);
    for (const [id, one] of this.#held) if (!isEnded(one)) index.add(id, one.labels);
    this.#index = { rules, of: index };
    return index;
  }

  /** A source. */
  get(id: string): Inhibitor | undefined {
    return this.#held.get(id);
  }

  /** A source, if it is open. */
  open(id: string): Inhibitor | undefined {
    const one = this.#held.get(id);
    return one && !isEnded(one) ? one : undefined;
  }

  /** Add or change a source. */
  set(id: string, one: Inhibitor): void {
    const { index } = this;
    const before = this.#held.get(id);
    if (before) index.remove(id, before.labels);
    if (!isEnded(one)) index.add(id, one.labels);
    this.#held.set(id, one);
  }

  /** Remove a source that has ended. */
  delete(id: string): void {
    this.#held.delete(id);
  }

  /** Hold these sources instead. */
  replace(all: Iterable<readonly [id: string, one: Inhibitor]>): void {
    this.#held.clear();
    for (const [id, one] of all) this.#held.set(id, one);
    this.#index = undefined;
  }
}
