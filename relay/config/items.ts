import { channelEntries, isTree } from "./raw.ts";
import { z } from "zod";
import type { Path } from "./path.ts";
import type { Tree } from "./file.ts";
import { didYouMean } from "../base/nearest.ts";
import { fileSchema, SECTION_NAMES } from "./sections.ts";

/**
 * An item is the unit of change; one person changes it at a time: a group, a member, a department, the defaults of a
 * channel, or any other section as a whole. Its address is the section, in a collection followed by a slash and its id:
 * `groups/chenmin/3`, `members/li.lei`, `rules`.
 */
export type ItemAddress = string;

/** Sections that have items of their own: lists with their ids, and mappings from id to item. */
const COLLECTIONS: Readonly<Record<string, { readonly keys?: readonly string[] }>> = {
  departments: {},
  members: { keys: ["id"] },
  defaults: {},
  groups: { keys: ["owner", "level"] },
};

/** The sections of the configuration, in the order in which the file is written. */
export const SECTIONS: readonly string[] = SECTION_NAMES;

/** Whether the section exists, and the address has as many ids as the section's items. */
export function isAddress(address: ItemAddress): boolean {
  const { section, id } = partsOf(address);
  if (!SECTIONS.includes(section)) return false;
  const collection = COLLECTIONS[section];
  if (!collection) return id === undefined;
  const ids = collection.keys === undefined ? [id] : id?.split("/") ?? [];
  return ids.length === (collection.keys?.length ?? 1) && ids.every(Boolean);
}

/** The schema of an item: an entry of a collection, or another section as a whole. `member`: the schema of a member. */
export function itemSchema(member: z.ZodType): z.ZodType {
  const items = Object.entries(fileSchema.shape).map(([section, optional]): z.ZodType => {
    const { title } = optional.meta() ?? {};
    const whole = optional.unwrap();
    if (!COLLECTIONS[section]) return title === undefined ? whole : whole.meta({ title });
    const item = section === "members"
      ? member
      : whole instanceof z.ZodArray
      ? whole.element
      : (whole as z.ZodRecord).valueType;
    return title === undefined ? item as z.ZodType : (item as z.ZodType).meta({ title });
  });
  return z.union(items);
}

/** Splits an address into section and id. */
export function partsOf(address: ItemAddress): { readonly section: string; readonly id: string | undefined } {
  const slash = address.indexOf("/");
  return slash < 0
    ? { section: address, id: undefined }
    : { section: address.slice(0, slash), id: address.slice(slash + 1) };
}

/** A tree never changes, so its items are found once. */
const known = new WeakMap<Tree, ReadonlyMap<ItemAddress, unknown>>();

/** All items, in order. An entry without an id is skipped: the parser complains about it. */
export function itemsOf(tree: Tree): ReadonlyMap<ItemAddress, unknown> {
  let items = known.get(tree);
  if (!items) known.set(tree, items = new Map(SECTIONS.flatMap((section) => itemsIn(tree, section))));
  return items;
}

function itemsIn(tree: Tree, section: string): [ItemAddress, unknown][] {
  const value = tree[section];
  const collection = COLLECTIONS[section];
  if (value === undefined) return [];
  if (!collection) return [[section, value]];
  if (collection.keys) {
    return (Array.isArray(value) ? value : []).flatMap((item) => {
      const id = idIn(item, collection.keys!);
      return id === undefined ? [] : [[`${section}/${id}`, item]];
    });
  }
  return isTree(value) ? Object.entries(value).map(([id, item]) => [`${section}/${id}`, item]) : [];
}

/** Values of a tree that do not belong to an item: {@linkcode itemsOf} would lose them. */
export function straysIn(tree: Tree): { readonly path: Path; readonly message: string }[] {
  return Object.entries(tree).flatMap(([section, value]): { path: Path; message: string }[] => {
    const path = [section];
    if (!SECTIONS.includes(section)) {
      return [{ path, message: `is not a setting${didYouMean(section, SECTIONS)}` }];
    }
    const collection = COLLECTIONS[section];
    if (!collection) return [];
    if (!collection.keys) return isTree(value) ? [] : [{ path, message: "must be a mapping" }];
    if (!Array.isArray(value)) return [{ path, message: "must be a list" }];
    const ids = new Set<string>();
    return value.flatMap((item, index) => {
      const id = idIn(item, collection.keys!);
      const here = [section, index];
      if (id === undefined) {
        return [{ path: here, message: `must be a mapping with ${collection.keys!.join(" and ")}` }];
      }
      if (ids.has(id)) return [{ path: here, message: `there is already a "${id}"` }];
      ids.add(id);
      return [];
    });
  });
}

/** The tree with an item set, at its old position or at the end; with `undefined`, without it. */
export function withItem(tree: Tree, address: ItemAddress, value: unknown): Tree {
  const items = new Map(itemsOf(tree));
  if (value === undefined) items.delete(address);
  else items.set(address, value);
  return treeOf(items);
}

/** Puts the items of {@linkcode itemsOf} together again. */
export function treeOf(items: ReadonlyMap<ItemAddress, unknown>): Tree {
  const tree: Tree = {};
  const sections = Map.groupBy(items, ([address]) => partsOf(address).section);
  for (const section of SECTIONS) {
    const own = sections.get(section);
    if (!own) continue;
    const collection = COLLECTIONS[section];
    if (!collection) tree[section] = own[0]![1];
    else if (collection.keys) tree[section] = own.map(([, item]) => item);
    else tree[section] = Object.fromEntries(own.map(([address, item]) => [partsOf(address).id!, item]));
  }
  return tree;
}

/** Adds the ids of its address to an item, which may omit them. @returns `undefined` if it has other ids */
export function named(address: ItemAddress, value: unknown): unknown {
  const { section, id } = partsOf(address);
  const keys = COLLECTIONS[section]?.keys;
  if (!keys || !isTree(value)) return value;
  const ids = keys.length === 1 ? [id!] : id!.split("/");
  const whole = { ...Object.fromEntries(keys.map((key, index) => [key, ids[index]])), ...value };
  return idIn(whole, keys) === id ? whole : undefined;
}

/** Splits a path of a tree into the item and the path inside it. */
export function positionOf(tree: Tree, path: Path): { readonly address: ItemAddress; readonly inner: Path } {
  const [section = "", key, ...rest] = path;
  const collection = COLLECTIONS[String(section)];
  const name = String(section);
  if (!collection || key === undefined) return { address: name, inner: path.slice(1) };
  const items = tree[name];
  const id = collection.keys
    ? idIn(Array.isArray(items) ? items[Number(key)] : undefined, collection.keys)
    : String(key);
  return id === undefined
    ? { address: name, inner: path.slice(1) }
    : { address: `${name}/${id}`, inner: rest };
}

/** The names of the channels of a tree's destinations, and that of the inbox, which is built in. */
export function channelsIn({ groups, defaults }: Tree): string[] {
  const named = (Array.isArray(groups) ? groups : []).flatMap((group) =>
    channelEntries(group).map(({ entry }) => String(entry.channel))
  );
  return ["inbox", ...named, ...isTree(defaults) ? Object.keys(defaults) : []];
}

/** Reads a string, or a number that is written for one. */
function idIn(item: unknown, keys: readonly string[]): string | undefined {
  const parts = keys.map((key) => isTree(item) && Object.hasOwn(item, key) ? item[key] : undefined);
  return parts.every((part) => typeof part === "string" || typeof part === "number")
    ? parts.join("/")
    : undefined;
}
