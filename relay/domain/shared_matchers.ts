import type { Labels } from "./alert.ts";
import { formatMatcher } from "./matcher.ts";
import { isVolatile, NAMES } from "./silenced_labels.ts";

/** At most this many conditions, alternatives in one of them, and characters of a value. */
const MAX = { matchers: 8, alternatives: 20, chars: 300 };

/**
 * The matchers of a silence for several alerts: the labels in which all agree. `isChosen`: a person chose each of them; then
 * the labels in which they differ list their values, as far as they are few.
 *
 * @param all the labels of each
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
  // The name of the alert first: people look for it.
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

/** A text as a regular expression that people can read: `10[.]0[.]0[.]1`. */
function literal(text: string): string {
  return text.replace(/[\\^[\]]/g, "\\$&").replace(/[.$|?*+(){}]/g, "[$&]");
}
