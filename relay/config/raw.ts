import type { Tree } from "./file.ts";
import type { Path } from "./path.ts";

/** Reads a string, or a number that is written for one. */
export function textAt(raw: unknown, key: string): string | undefined {
  const value = valueAt(raw, key);
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** The value of a key; `undefined` also if `raw` is not a mapping. */
export function valueAt(raw: unknown, key: string): unknown {
  return isTree(raw) && Object.hasOwn(raw, key) ? raw[key] : undefined;
}

/** An entry of a list; `undefined` also if `raw` is no list. */
export function entryAt(raw: unknown, index: number): unknown {
  return Array.isArray(raw) ? raw[index] : undefined;
}

/** The lists of a group whose entries have a channel, and a config for it. */
export const CHANNEL_LISTS = ["destinations", "escalate"] as const;

/** The entries of a group that have a channel, with their paths in it. */
export function channelEntries(group: unknown): { readonly entry: Tree; readonly path: Path }[] {
  return CHANNEL_LISTS.flatMap((list) => {
    const entries = valueAt(group, list);
    return (Array.isArray(entries) ? entries : []).flatMap((entry: unknown, index) =>
      isTree(entry) && typeof entry.channel === "string" ? [{ entry, path: [list, index] }] : []
    );
  });
}

/** The entry with a channel that a path of a group leads into. */
export function channelEntryAt(group: unknown, [list, index]: Path): Tree | undefined {
  const entry = CHANNEL_LISTS.some((name) => name === list)
    ? entryAt(valueAt(group, String(list)), Number(index))
    : undefined;
  return isTree(entry) ? entry : undefined;
}

/** Whether a value is a mapping. */
export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
