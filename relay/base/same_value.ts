/** Whether two JSON values are equal, in whatever order their fields are. A field that is `undefined` counts as absent. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const one = a as Record<string, unknown>;
  const other = b as Record<string, unknown>;
  return Object.keys(one).every((key) => sameValue(one[key], own(other, key))) &&
    Object.keys(other).every((key) => other[key] === undefined || own(one, key) !== undefined);
}

function own(object: Record<string, unknown>, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
