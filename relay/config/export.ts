import type { ChannelRegistry } from "../channel/registry.ts";
import { writtenStepDestination } from "./escalation.ts";
import type { Path } from "./path.ts";
import { escaped, type Tree, writeYaml } from "./file.ts";
import { type ItemAddress, itemsOf, treeOf } from "./items.ts";
import { channelEntryAt, isTree } from "./raw.ts";
import { mapItemSecrets } from "./mask.ts";

/** A configuration as the text of a file. */
export interface Exported {
  readonly yaml: string;
  /** The variables that replace its secrets, with their values. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Exports a configuration as a file. Unless `secrets` is set, each secret is written as `${NAME}`. */
export async function exportYaml(
  tree: Tree,
  { channels, secrets }: { channels: ChannelRegistry; secrets: boolean },
): Promise<Exported> {
  const references = secrets ? [] : referencesIn(tree, channels);
  const byItem = Map.groupBy(references, ({ what }) => what);
  const items = [...itemsOf(tree)].map(([what, item]): [ItemAddress, unknown] => {
    /** The references of an item's secrets, by path. */
    const texts = new Map(
      (byItem.get(what) ?? []).map(({ path, name }) => [JSON.stringify(path), `\${${name}}`]),
    );
    const marked = mapItemSecrets(
      what,
      item,
      channels,
      (secret, path) => texts.get(JSON.stringify(path)) ?? secret,
    );
    return [what, escapedBut(marked, texts)];
  });
  const variables = new Map(references.map(({ name, secret }) => [name, secret]));
  return { yaml: await writeYaml(treeOf(new Map(items))), variables };
}

/** A secret, and the variable that replaces it in an export. */
export interface Reference {
  readonly name: string;
  readonly what: ItemAddress;
  readonly path: Path;
  readonly secret: string;
}

/** The variables of an export, one for each secret, in the order of the export. */
export function referencesIn(tree: Tree, channels: ChannelRegistry): Reference[] {
  const found = new Map<string, Reference>();
  const numbers = new Map<string, number>();
  for (const [what, item] of itemsOf(tree)) {
    mapItemSecrets(what, item, channels, (secret, path) => {
      const name = freshName(nameOf(what, path, item), { taken: found, numbers });
      found.set(name, { name, what, path, secret });
      return secret;
    });
  }
  return [...found.values()];
}

/** Escapes every text except the references to variables. */
function escapedBut(value: unknown, references: ReadonlyMap<string, string>, path: Path = []): unknown {
  if (typeof value === "string") return references.get(JSON.stringify(path)) ?? escaped(value);
  if (Array.isArray(value)) {
    return value.map((part, index) => escapedBut(part, references, [...path, index]));
  }
  if (!isTree(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, escapedBut(part, references, [...path, key])]),
  );
}

/** `groups/chenmin/3`, `destinations[0].config.token` → `CHENMIN_3_NIGHT_ROBOT_TOKEN`; `doors`, `[0].secret` → `ZABBIX_SECRET`. */
function nameOf(what: ItemAddress, path: Path, item: unknown): string {
  const inside = path.slice(2);
  const rest = inside[0] === "config" ? inside.slice(1) : inside;
  const entry = channelEntryAt(item, path);
  const stepName = path[0] === "escalate" && entry ? writtenStepDestination(entry) : undefined;
  const inner = entry
    ? [stepName ?? entry.name ?? entry.channel, ...rest]
    : what === "doors"
    ? [(item as Tree[])[Number(path[0])]!.name, ...path.slice(1)]
    : path;
  const words = [...what.split("/").slice(1), ...inner].map(String).join("_");
  const name = words.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "");
  return /^[A-Z]/.test(name) ? name : `SECRET_${name}`;
}

/** `numbers`: the last number of each name; names without a Latin letter are all the same one. */
function freshName(
  name: string,
  { taken, numbers }: { taken: ReadonlyMap<string, unknown>; numbers: Map<string, number> },
): string {
  let fresh = name;
  let number = numbers.get(name) ?? 1;
  while (taken.has(fresh)) fresh = `${name}_${++number}`;
  numbers.set(name, number);
  return fresh;
}
