import type { Labels } from "./alert.ts";
import { formatMatcher } from "./matcher.ts";
import { isVolatile, NAMES } from "./silenced_labels.ts";

/** The most matchers, alternatives in a matcher, and characters in a value. */
const MAX = { matchers: 8, alternatives: 20, chars: 300 };

/**
 * The matchers of a silence for several alerts: one for each label that all of them share. `isChosen`: a person selected each
 * alert, so that a label with a few different values also gets a matcher, which lists them.
 *
 * @param all the labels of each alert
 */
export function sharedMatchers(all: readonly Labels[], { isChosen = false } = {}): string[] {
  const [first] = all;
  if (first === undefined) return [];
  const usable = Object.keys(first).filter((name) =>
    !isVolatile(name) && all.every((labels) => Object.hasOwn(labels, name) && isShort(labels[name]!))
  );
  const valuesOf = new Map(usable.map((name) => [name, new Set(all.map((labels) => labels[name]!))]));
  const equal = usable.filter((name) => valuesOf.get(name)!.size === 1);
  const differing = usable.filter((name) => {
    const { size } = valuesOf.get(name)!;
    return size > 1 && size <= MAX.alternatives && (isChosen || NAMES.includes(name));
  });
  // People look for the alert's name first.
  const named = [...equal, ...differing].toSorted((a, b) => rank(a) - rank(b));
  return named.slice(0, MAX.matchers).map((name) => {
    const [value, ...others] = [...valuesOf.get(name)!].toSorted();
    if (others.length === 0) return formatMatcher({ name, operator: "=", value: value! });
    return formatMatcher({ name, operator: "=~", value: [value!, ...others].map(literal).join("|") });
  });
}

function isShort(value: string): boolean {
  return value !== "" && value.length <= MAX.chars;
}

function rank(name: string): number {
  return NAMES.includes(name) ? 0 : 1;
}

/** A regular expression for exactly this text, written legibly: `10[.]0[.]0[.]1`. */
function literal(text: string): string {
  return text.replace(/[\\^[\]]/g, "\\$&").replace(/[.$|?*+(){}]/g, "[$&]");
}
