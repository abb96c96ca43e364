import { canonicalJson } from "../../../relay/base/hash.ts";

/** Whether a value is a mapping. */
export function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What stands under a key or at an index; `undefined` when nothing does. */
export function partOf(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** Whether two values say the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}

/**
 * Two people's changes of one value. What only one of them changed is as that one left it; what both did is as in `mine`.
 */
export function merged(base: unknown, mine: unknown, theirs: unknown): unknown {
  if (isSame(mine, base)) return theirs;
  if (isSame(theirs, base) || !isTree(mine) || !isTree(theirs)) return mine;
  const keys = new Set([...Object.keys(theirs), ...Object.keys(mine)]);
  const entries = [...keys].map((key): [string, unknown] => [
    key,
    merged(partOf(base, key), partOf(mine, key), partOf(theirs, key)),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
