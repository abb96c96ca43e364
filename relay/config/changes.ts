import { defined } from "../base/defined.ts";
import { canonicalJson } from "../base/hash.ts";
import type { Path } from "./path.ts";
import { pathText } from "./path.ts";
import type { Tree } from "./file.ts";
import { type ItemAddress, itemsOf } from "./items.ts";
import { isTree } from "./raw.ts";

/** One difference between two states of an item; secrets are masked before. */
export interface FieldChange {
  /** The path inside the item; empty for the item itself. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A change of an item. */
export interface ConfigChange {
  readonly what: ItemAddress;
  readonly action: "added" | "changed" | "removed";
  readonly before?: unknown;
  readonly after?: unknown;
}

/** The changes from one tree to another, item by item. */
export function changesBetween(before: Tree, after: Tree): ConfigChange[] {
  const old = itemsOf(before);
  const fresh = itemsOf(after);
  return [...new Set([...old.keys(), ...fresh.keys()])].flatMap((what): ConfigChange[] => {
    const states = { before: old.get(what), after: fresh.get(what) };
    if (states.before === undefined) return [{ what, action: "added", after: states.after }];
    if (states.after === undefined) return [{ what, action: "removed", before: states.before }];
    if (states.before === states.after) return []; // the same object: most of a large configuration
    return canonicalJson(states.before) === canonicalJson(states.after)
      ? []
      : [{ what, action: "changed", ...states }];
  });
}

/** The changes from one value to another, field by field. List entries with names are compared by name. */
export function fieldChanges(before: unknown, after: unknown, path: Path = []): FieldChange[] {
  if (canonicalJson(before ?? null) === canonicalJson(after ?? null)) return [];
  const [old, fresh] = [partsOf(before), partsOf(after)];
  if (old === undefined || fresh === undefined) {
    return [defined({ path: pathText(path), before, after })];
  }
  const inner = [...new Set([...old.keys(), ...fresh.keys()])].flatMap((key) =>
    fieldChanges(old.get(key), fresh.get(key), [...path, key])
  );
  // The entries are the same, in another order.
  return inner.length > 0 ? inner : [{ path: pathText(path), before, after }];
}

function partsOf(value: unknown): Map<PropertyKey, unknown> | undefined {
  if (isTree(value)) return new Map(Object.entries(value));
  if (!Array.isArray(value)) return undefined;
  const names = value.map((part) => isTree(part) ? part.name ?? part.channel : undefined);
  const isNamed = new Set(names).size === names.length && names.every((name) => typeof name === "string");
  return new Map(value.map((part, index) => [isNamed ? names[index] as string : index, part]));
}
