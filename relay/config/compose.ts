import { canonicalJson } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import { type Complaint } from "./complaint.ts";
import { type Path, pathOf, pathText } from "./path.ts";
import type { Config } from "./config.ts";
import type { Tree } from "./file.ts";
import { type ItemAddress, itemsOf, placeOf, treeOf } from "./items.ts";
import { isTree } from "./raw.ts";
import { FileReader } from "./reader.ts";
import { assemble } from "./parse.ts";

/** What is wrong with an item of the configuration. */
export interface Problem {
  readonly what: ItemAddress;
  /** Inside the item: `destinations[0].config.token`; empty when it is the item itself. */
  readonly path: string;
  readonly message: string;
}

/** A configuration put together from the file and from what is stored. */
export interface Composed {
  readonly config: Config;
  /** Both together, the file's items first. */
  readonly tree: Tree;
  /** What is stored but cannot be used. Whatever else there is works without it. */
  readonly problems: readonly Problem[];
  /** The ids of destinations that are stored and were left out: what waits for them goes on waiting. */
  readonly heldDestinations: ReadonlySet<string>;
}

/** Both together: what the file declares wins. */
export function merge(file: Tree, stored: Tree): Tree {
  const declared = itemsOf(file);
  return treeOf(new Map([...declared, ...[...itemsOf(stored)].filter(([what]) => !declared.has(what))]));
}

/**
 * The configuration of file and store together. A stored item that is not right (its channel is gone, its member left) is
 * left out, as little of it as possible, and takes nothing else down. The file by itself has been found right before.
 *
 * @param base The environment, the secrets and the file.
 */
export function compose(base: Config, stored: Tree, channels: ChannelRegistry): Composed {
  const whole = merge(base.file, stored);
  const problems: Problem[] = [];
  let tree = whole;
  for (;;) {
    const { values, complaints } = new FileReader(tree, { environment: base, channels }).read();
    if (complaints.length === 0) {
      return {
        config: assemble(base, values, base.file),
        tree: whole,
        problems: unique(problems),
        heldDestinations: held(whole, values),
      };
    }
    problems.push(...complaints.map((complaint) => problemOf(tree, complaint)));
    tree = withoutFaults(tree, complaints, base.file);
  }
}

/** Everything that is wrong with a tree, by item. */
export function problemsOf(
  tree: Tree,
  { base, channels }: { base: Config; channels: ChannelRegistry },
): Problem[] {
  const { complaints } = new FileReader(tree, { environment: base, channels }).read();
  return unique(complaints.map((complaint) => problemOf(tree, complaint)));
}

function problemOf(tree: Tree, { path, message }: Complaint): Problem {
  const { address, inner } = placeOf(tree, pathOf(path));
  return { what: address, path: pathText(inner), message };
}

function unique(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
}

/** Stands where something was taken out. */
const HOLE = Symbol();

/** The tree without what was complained about; always less than before. */
function withoutFaults(tree: Tree, complaints: readonly Complaint[], file: Tree): Tree {
  const declared = itemsOf(file);
  const less = structuredClone(tree);
  /** Where the fault is in no stored item by itself: in too many of them, or in defaults under the file's destinations. */
  const whole = new Set<string>();
  let found = false;
  for (const { path } of complaints) {
    const at = pathOf(path);
    const { address } = placeOf(tree, at);
    if (declared.has(address)) whole.add("defaults");
    else if (at.length > 1 && dig(less, faultOf(at))) found = true;
    else whole.add(String(at[0]));
  }
  if (found) return filled(less) as Tree;
  const rest = Object.entries(tree).filter(([section]) => !whole.has(section));
  const reset = { ...Object.fromEntries(rest), ...pick(file, whole) };
  return canonicalJson(reset) === canonicalJson(tree) ? file : reset;
}

function pick(tree: Tree, sections: ReadonlySet<string>): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([section]) => sections.has(section)));
}

/** The least that must go for a complaint to go: an address of the tree. */
function faultOf(path: Path): Path {
  const [section, , field, index, setting] = path;
  if (section === "groups") {
    if (field === "destinations" && index !== undefined) {
      const keeps = ["fallback", "fallback_after", "limits", "timeout"].some((name) => name === setting);
      return path.slice(0, keeps ? 5 : 4);
    }
    if (field === "members" || field === "aliases") return path.slice(0, 4);
    // Without its secret a robot's door would stand open: without its token there is no door.
    if (field === "robot_secret") return [...path.slice(0, 2), "robot_token"];
    const isOwn = field === undefined || field === "owner" || field === "level" || field === "destinations";
    return path.slice(0, isOwn ? 2 : 3);
  }
  if (section === "members") return path.slice(0, field === undefined || field === "id" ? 2 : 3);
  if (section === "defaults") return path.slice(0, 3);
  if (section === "ocp") return path.slice(0, 3);
  return path.slice(0, 2);
}

/** Put a hole where the path leads. @returns whether something was there */
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

function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((part) => part !== HOLE).map(filled);
  if (!isTree(value)) return value;
  const entries = Object.entries(value).filter(([, part]) => part as unknown !== HOLE);
  return Object.fromEntries(entries.map(([key, part]) => [key, filled(part)]));
}

/** Destinations that were written and did not come to be. */
function held(tree: Tree, { groups }: Pick<Config, "groups">): Set<string> {
  const ids = new Set<string>();
  for (const group of Array.isArray(tree.groups) ? tree.groups : []) {
    if (!isTree(group)) continue;
    const id = `${group.owner}/${group.level}`;
    for (const destination of Array.isArray(group.destinations) ? group.destinations : []) {
      if (isTree(destination)) ids.add(`${id}/${destination.name ?? destination.channel}`);
    }
  }
  for (const { destinations } of groups.values()) for (const { id } of destinations) ids.delete(id);
  return ids;
}
