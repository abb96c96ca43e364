import { canonicalJson } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { type Complaint } from "./complaint.ts";
import { type Path, pathOf, pathText } from "./path.ts";
import type { Config } from "./config.ts";
import { writtenStepDestination } from "./escalation.ts";
import type { Tree } from "./file.ts";
import { type ItemAddress, itemsOf, positionOf, straysIn, treeOf } from "./items.ts";
import { isTree } from "./raw.ts";
import { FileReader } from "./reader.ts";
import { assemble } from "./parse.ts";

/** A fault in an item of the configuration. */
export interface Problem {
  readonly what: ItemAddress;
  /** The path inside the item: `destinations[0].config.token`; empty for the item itself. */
  readonly path: string;
  readonly message: string;
}

/** A configuration merged from the file and the store. */
export interface Composed {
  readonly config: Config;
  /** The merged tree, the file's items first. */
  readonly tree: Tree;
  /** Faults of stored items, which are left out. The rest works without them. */
  readonly problems: readonly Problem[];
  /** The ids of stored destinations that were left out: their deliveries stay pending. */
  readonly heldDestinations: ReadonlySet<string>;
}

/** Merges two trees: the file's items win. */
export function merge(file: Tree, stored: Tree): Tree {
  const declared = itemsOf(file);
  return treeOf(new Map([...declared, ...[...itemsOf(stored)].filter(([what]) => !declared.has(what))]));
}

/**
 * Merges the configurations of file and store. An invalid stored item (its channel or a member is gone) is left out, as
 * little of it as possible, and the rest works without it. The file alone was validated before.
 *
 * @param base The environment, the secrets and the file.
 */
export function compose(base: Config, stored: Tree, channels: ChannelRegistry): Composed {
  const whole = merge(base.file, stored);
  const problems: Problem[] = [];
  let tree = whole;
  for (;;) {
    const { values, complaints } = readTree(tree, base, channels);
    if (complaints.length === 0) {
      return {
        config: assemble(base, values, base.file),
        tree: whole,
        problems: unique(problems),
        heldDestinations: problems.length === 0 ? new Set() : held(whole, values),
      };
    }
    problems.push(...complaints.map((complaint) => problemOf(tree, complaint)));
    tree = withoutFaults(tree, complaints, base.file);
  }
}

/** All faults of a tree, by item. */
export function problemsOf(
  tree: Tree,
  { base, channels }: { base: Config; channels: ChannelRegistry },
): Problem[] {
  const { complaints } = readTree(tree, base, channels);
  return unique(complaints.map((complaint) => problemOf(tree, complaint)));
}

type Read = ReturnType<FileReader["read"]>;

/** The last tree that was read: a change is checked before it is stored, and put in use after it, with the same items. */
let last: {
  readonly items: ReadonlyMap<ItemAddress, unknown>;
  readonly base: Config;
  readonly channels: ChannelRegistry;
  readonly loaded: string;
  readonly read: Read;
} | undefined;

function readTree(tree: Tree, base: Config, channels: ChannelRegistry): Read {
  const items = itemsOf(tree);
  const loaded = [...channels.names(), "", ...channels.broken.keys()].join(" ");
  // Only whole trees of items: a tree may also have sections without items.
  const isWhole = straysIn(tree).length === 0;
  if (
    isWhole && last && last.base === base && last.channels === channels && last.loaded === loaded &&
    isSame(last.items, items)
  ) return last.read;
  const read = new FileReader(tree, { environment: base, channels, tables: base.tables }).read();
  if (isWhole) last = { items, base, channels, loaded, read };
  return read;
}

/** Whether the items are the same objects, in the same order. */
function isSame(a: ReadonlyMap<ItemAddress, unknown>, b: ReadonlyMap<ItemAddress, unknown>): boolean {
  if (a.size !== b.size) return false;
  const others = b.entries();
  for (const [what, value] of a) {
    const [otherWhat, otherValue] = others.next().value!;
    if (what !== otherWhat || value !== otherValue) return false;
  }
  return true;
}

function problemOf(tree: Tree, { path, message }: Complaint): Problem {
  const { address, inner } = positionOf(tree, pathOf(path));
  return { what: address, path: pathText(inner), message };
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** Marks a position from which a value was removed. */
const HOLE = Symbol();

/** The tree without the faulty values; always smaller than before. Entries without faults stay the same objects. */
function withoutFaults(tree: Tree, complaints: readonly Complaint[], file: Tree): Tree {
  const declared = itemsOf(file);
  const less = { ...tree };
  const copied = new Set<string>();
  /** The containers of a path's value are copied before a change: the entry, and its list or mapping. */
  const copy = ([section, entry]: Path): void => {
    const list = less[String(section)];
    if (typeof list !== "object" || list === null) return;
    const name = `${String(section)}\n${String(entry)}`;
    if (copied.has(name)) return;
    if (!copied.has(String(section))) less[String(section)] = Array.isArray(list) ? [...list] : { ...list };
    copied.add(String(section)).add(name);
    const own = less[String(section)] as Tree;
    const key = String(entry);
    if (Object.hasOwn(own, key)) own[key] = structuredClone(own[key]);
  };
  /**
   * For faults that do not belong to a single stored item: too many items, or defaults that break the file's
   * destinations.
   */
  const whole = new Set<string>();
  let found = false;
  for (const { path } of complaints) {
    const at = pathOf(path);
    const { address } = positionOf(tree, at);
    if (declared.has(address)) whole.add("defaults");
    else {
      copy(at);
      if (at.length > 1 && dig(less, faultOf(at))) found = true;
      else whole.add(String(at[0]));
    }
  }
  if (found) return filled(less, copied);
  const rest = Object.entries(tree).filter(([section]) => !whole.has(section));
  const reset = { ...Object.fromEntries(rest), ...pick(file, whole) };
  return canonicalJson(reset) === canonicalJson(tree) ? file : reset;
}

function pick(tree: Tree, sections: ReadonlySet<string>): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([section]) => sections.has(section)));
}

/** The smallest part whose removal resolves a complaint: a path of the tree. */
function faultOf(path: Path): Path {
  const [section, , field, index, setting] = path;
  if (section === "groups") {
    if (field === "destinations" && index !== undefined) {
      const keeps = ["fallback", "fallback_after", "limits", "timeout"].some((name) => name === setting);
      return path.slice(0, keeps ? 5 : 4);
    }
    if (field === "members" || field === "aliases" || field === "escalate") return path.slice(0, 4);
    // Without its secret a robot token would be accepted unsigned, so the token is removed as well.
    if (field === "robot_secret") return [...path.slice(0, 2), "robot_token"];
    const isOwn = field === undefined || field === "owner" || field === "level" || field === "destinations";
    return path.slice(0, isOwn ? 2 : 3);
  }
  if (section === "members") return path.slice(0, field === undefined || field === "id" ? 2 : 3);
  if (section === "defaults") return path.slice(0, 3);
  if (section === "ocp") return path.slice(0, 3);
  return path.slice(0, 2);
}

/** Removes the value at a path. @returns whether there was one */
function dig(tree: Tree, path: Path): boolean {
  const parent = path.slice(0, -1).reduce<unknown>(
    (part, key) => typeof part === "object" && part !== null ? Reflect.get(part, key) : undefined,
    tree,
  );
  const last = path.at(-1);
  if (typeof parent !== "object" || parent === null || last === undefined) return false;
  if (!Object.hasOwn(parent, last)) return path.length > 2 && dig(tree, path.slice(0, -1));
  return Reflect.get(parent, last) !== HOLE && Reflect.set(parent, last, HOLE);
}

/** The tree without its holes, which are in `copied` entries. */
function filled(tree: Tree, copied: ReadonlySet<string>): Tree {
  const sections = Object.entries(tree).filter(([, value]) => value as unknown !== HOLE);
  return Object.fromEntries(sections.map(([section, value]) => {
    if (!copied.has(section) || typeof value !== "object" || value === null) return [section, value];
    const entries = Object.entries(value).filter(([, entry]) => entry as unknown !== HOLE)
      .map(([key, entry]) => [key, copied.has(`${section}\n${key}`) ? withoutHoles(entry) : entry]);
    return [section, Array.isArray(value) ? entries.map(([, entry]) => entry) : Object.fromEntries(entries)];
  }));
}

function withoutHoles(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((part) => part !== HOLE).map(withoutHoles);
  if (!isTree(value)) return value;
  const entries = Object.entries(value).filter(([, part]) => part as unknown !== HOLE);
  return Object.fromEntries(entries.map(([key, part]) => [key, withoutHoles(part)]));
}

/** The destinations of the tree that are missing in the result. */
function held(tree: Tree, { groups }: Pick<Config, "groups">): Set<string> {
  const ids = new Set<string>();
  for (const group of Array.isArray(tree.groups) ? tree.groups : []) {
    if (!isTree(group)) continue;
    const id = `${group.owner}/${group.level}`;
    for (const destination of Array.isArray(group.destinations) ? group.destinations : []) {
      if (isTree(destination)) ids.add(`${id}/${destination.name ?? destination.channel}`);
    }
    for (const step of Array.isArray(group.escalate) ? group.escalate : []) {
      const name = isTree(step) ? writtenStepDestination(step) : undefined;
      if (name !== undefined) ids.add(`${id}/${name}`);
    }
  }
  for (const { destinations } of groups.values()) for (const { id } of destinations) ids.delete(id);
  return ids;
}
