import { labelOf, type Labels } from "./alert.ts";
import type { Matcher } from "./matcher.ts";

/** The part of a rule that the index needs. */
interface Indexed {
  readonly matchers: readonly Matcher[];
}

const indexes = new WeakMap<readonly Indexed[], RuleIndex>();

/** The index of a list of rules, made at its first use. */
export function indexOf(rules: readonly Indexed[]): RuleIndex {
  let index = indexes.get(rules);
  if (!index) indexes.set(rules, index = new RuleIndex(rules));
  return index;
}

/**
 * An index of rules by a label's value: of thousands of rules, an alert is matched only with the few that name one of
 * its values. A rule is indexed by the matcher that the fewest others share; one without a named value is matched
 * with every alert.
 */
export class RuleIndex {
  /** The numbers of rules, by label and value. */
  readonly #filed = new Map<string, Map<string, number[]>>();
  readonly #others: number[] = [];

  constructor(rules: readonly Indexed[]) {
    const uses = new Map<string, number>();
    const count = (matcher: Matcher, value: string): number => uses.get(`${matcher.name}\n${value}`) ?? 0;
    for (const { matchers } of rules) {
      for (const matcher of matchers) {
        for (const value of matcher.values ?? []) {
          uses.set(`${matcher.name}\n${value}`, count(matcher, value) + 1);
        }
      }
    }
    for (const [number, { matchers }] of rules.entries()) {
      let rarest: { matcher: Matcher; shared: number } | undefined;
      for (const matcher of matchers) {
        if (!matcher.values) continue;
        let shared = 0;
        for (const value of matcher.values) shared = Math.max(shared, count(matcher, value));
        if (!rarest || shared < rarest.shared) rarest = { matcher, shared };
      }
      if (rarest) this.#file(number, rarest.matcher);
      else this.#others.push(number);
    }
  }

  /** The numbers of the rules that may match these labels, in order; no other rule matches. */
  candidates(labels: Labels): number[] {
    return [...this.#others, ...this.naming(labels)].sort((a, b) => a - b);
  }

  /** Those among them that name one of the values. */
  naming(labels: Labels): number[] {
    const found: number[] = [];
    for (const [name, byValue] of this.#filed) {
      for (const number of byValue.get(labelOf(labels, name) ?? "") ?? []) found.push(number);
    }
    return found;
  }

  #file(number: number, { name, values }: Matcher): void {
    let byValue = this.#filed.get(name);
    if (!byValue) this.#filed.set(name, byValue = new Map());
    for (const value of values!) {
      const numbers = byValue.get(value);
      if (numbers) numbers.push(number);
      else byValue.set(value, [number]);
    }
  }
}
