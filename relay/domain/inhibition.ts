/**
 * Inhibition, in Alertmanager's sense: while one incident fires, alerts that it makes superfluous notify nobody.
 *
 * @module
 */
import { labelOf, type Labels } from "./alert.ts";
import { type Matcher, matchesAll } from "./matcher.ts";

/** One of `inhibit`. */
export interface InhibitRule {
  /** The matchers for the labels of an inhibiting incident, which must all match. */
  readonly source: readonly Matcher[];
  /** The matchers for the labels of an inhibited alert, which must all match. */
  readonly target: readonly Matcher[];
  /** Labels that must have equal values in both; a missing label counts as empty. */
  readonly equal: readonly string[];
}

/** An open incident that inhibits others. */
export interface InhibitingIncident {
  readonly id: string;
  readonly fingerprint: string;
}

/** A source of a rule. `isTarget`: it also matches the rule's target, so it inhibits no alert that matches both. */
interface Source {
  readonly isTarget: boolean;
}

/** The incidents that inhibit others, by rule and by the values of the rule's equal labels: a look-up costs O(rules). */
export class InhibitorIndex {
  readonly #rules: readonly InhibitRule[];
  /** The sources by rule, then by the values of its equal labels, then by incident. */
  readonly #sources: readonly Map<string, Map<string, Source>>[];

  constructor(rules: readonly InhibitRule[]) {
    this.#rules = rules;
    this.#sources = rules.map(() => new Map());
  }

  /** Add an incident with these labels. @returns whether it is the source of a rule */
  add(incident: string, labels: Labels): boolean {
    let isSource = false;
    for (const [index, { source, target, equal }] of this.#rules.entries()) {
      if (!matchesAll(source, labels)) continue;
      isSource = true;
      const byValues = this.#sources[index]!;
      const values = valuesOf(labels, equal);
      const found = byValues.get(values) ?? new Map<string, Source>();
      byValues.set(values, found.set(incident, { isTarget: matchesAll(target, labels) }));
    }
    return isSource;
  }

  /** Remove an incident that was added with these labels. */
  remove(incident: string, labels: Labels): void {
    for (const [index, { equal }] of this.#rules.entries()) {
      const values = valuesOf(labels, equal);
      const found = this.#sources[index]!.get(values);
      if (found?.delete(incident) && found.size === 0) this.#sources[index]!.delete(values);
    }
  }

  /** The ids of the incidents that inhibit an alert with these labels, by the order of the rules. */
  *inhibitorsOf(labels: Labels): Generator<string> {
    for (const [index, { source, target, equal }] of this.#rules.entries()) {
      const byValues = this.#sources[index]!;
      if (byValues.size === 0 || !matchesAll(target, labels)) continue;
      const found = byValues.get(valuesOf(labels, equal));
      if (!found) continue;
      const matchesBoth = matchesAll(source, labels);
      for (const [incident, { isTarget }] of found) if (!(matchesBoth && isTarget)) yield incident;
    }
  }
}

/** Whether labels are those of a source. */
export function isSource(labels: Labels, rules: readonly InhibitRule[]): boolean {
  return rules.some(({ source }) => matchesAll(source, labels));
}

/** Whether labels are those of a target. */
export function isTarget(labels: Labels, rules: readonly InhibitRule[]): boolean {
  return rules.some(({ target }) => matchesAll(target, labels));
}

function valuesOf(labels: Labels, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => labelOf(labels, name) ?? ""));
}
