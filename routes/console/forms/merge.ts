import { canonicalJson } from "../../../relay/base/hash.ts";

/** Whether a value is a mapping. */
export function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a key or an index; `undefined` if there is none. */
export function partOf(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;
}

/** Whether two values are equal. */
export function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}

/**
 * Merges two people's changes of one value. A part that only one of them changed has their change; a part that both
 * changed is that of `mine`.
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
