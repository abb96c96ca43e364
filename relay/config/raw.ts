import type { Tree } from "./file.ts";

/** Reads a string, or a number that is written for one. */
export function textAt(raw: unknown, key: string): string | undefined {
  const value = valueAt(raw, key);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** The value of a key; `undefined` also if `raw` is not a mapping. */
export function valueAt(raw: unknown, key: string): unknown {
  return isTree(raw) && Object.hasOwn(raw, key) ? raw[key] : undefined;
}

/** Whether a value is a mapping. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
