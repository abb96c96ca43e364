import { defined } from "../base/defined.ts";
import { canonicalJson, sha256Hex } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { ConfigMark } from "../store/config_chunks.ts";
import { type ConfigEntry, type ConfigSnapshot, NOTHING_STORED } from "../store/stored_config.ts";
import type { ConfigChange } from "./changes.ts";
import { compose, type Composed } from "./compose.ts";
import type { Config } from "./config.ts";
import type { ItemState } from "./edit.ts";
import type { Tree } from "./file.ts";
import { type ItemAddress, itemsOf, treeOf } from "./items.ts";
import { mask, type MaskOptions } from "./mask.ts";

/** A snapshot of the configuration, merged from file and store. It contains secrets: never for a page. */
export interface ConfigState {
  /** The configuration without the store: environment, secrets and file. */
  readonly base: Config;
  readonly snapshot: ConfigSnapshot;
  /** The stored items as a tree. */
  readonly stored: Tree;
  /** The account that last changed each stored item, and the time. */
  readonly marks: ReadonlyMap<ItemAddress, ConfigMark>;
  readonly composed: Composed;
  /** All items, the file's first. */
  readonly items: ReadonlyMap<ItemAddress, unknown>;
  /** The items that the file declares. */
  readonly declared: ReadonlyMap<ItemAddress, unknown>;
  readonly channels: ChannelRegistry;
}

/** The state before the store has been read. */
export function initialState(config: Config, channels: ChannelRegistry): ConfigState {
  const base = { ...config };
  const items = itemsOf(base.file);
  return {
    base,
    snapshot: NOTHING_STORED,
    stored: {},
    marks: new Map(),
    composed: { config, tree: base.file, problems: [], heldDestinations: new Set() },
    items,
    declared: items,
    channels,
  };
}

/** The state of a file and a stored snapshot. */
export function stateOf(base: Config, snapshot: ConfigSnapshot, channels: ChannelRegistry): ConfigState {
  const { entries = [] } = snapshot;
  const stored = treeOf(new Map(entries.map(([what, value]) => [what, value])));
  const composed = compose(base, stored, channels);
  return {
    base,
    snapshot,
    stored,
    marks: new Map(entries.flatMap(([what, , mark]) => mark ? [[what, mark]] : [])),
    composed,
    items: itemsOf(composed.tree),
    declared: itemsOf(base.file),
    channels,
  };
}

/** A snapshot with the items of an earlier version's configuration. */
export function withItems(snapshot: ConfigSnapshot): ConfigSnapshot {
  if (!snapshot.old?.document) return snapshot;
  const { tree, changed } = snapshot.old.document;
  const entries = [...itemsOf(tree)].map(([what, value]): ConfigEntry => {
    const mark = changed[what];
    return mark ? [what, value, mark] : [what, value];
  });
  return { ...snapshot, entries };
}

/** One item without its secrets; `undefined` if it is not configured. */
export function itemIn(state: ConfigState, what: ItemAddress): ItemState | undefined {
  const value = state.items.get(what);
  if (value === undefined) return undefined;
  const isDeclared = state.declared.has(what);
  return {
    what,
    value: mask(what, value, maskOf(state)),
    version: versionOf(state, value),
    managedBy: isDeclared ? "file" : "console",
    ...isDeclared ? undefined : state.marks.get(what),
    problems: state.composed.problems.filter((problem) => problem.what === what),
  };
}

/** The version of a value: a keyed hash, which reveals nothing about it. */
export function versionOf({ base }: ConfigState, value: unknown): string {
  return sha256Hex(`${base.key}\n${canonicalJson(value)}`, 16);
}

/** A change without its secrets. */
export function masked(state: ConfigState, { what, action, before, after }: ConfigChange): ConfigChange {
  const options = maskOf(state);
  return defined({
    action,
    what,
    before: mask(what, before, options),
    after: mask(what, after, options),
  });
}

/** The options for masking a state's secrets. */
export function maskOf({ base, channels }: ConfigState): MaskOptions {
  return { channels, key: base.key };
}
