import { defined } from "../base/defined.ts";
import { canonicalJson, sha256Hex } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { ConfigSnapshot } from "../store/stored_config.ts";
import type { ConfigChange } from "./changes.ts";
import { compose, type Composed } from "./compose.ts";
import type { Config } from "./config.ts";
import type { ItemState } from "./edit.ts";
import { type ItemAddress, itemsOf } from "./items.ts";
import { mask, type MaskOptions } from "./mask.ts";

/** A snapshot of the configuration, merged from file and store. It contains secrets: never for a page. */
export interface ConfigState {
  /** The configuration without the store: environment, secrets and file. */
  readonly base: Config;
  readonly snapshot: ConfigSnapshot;
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
    snapshot: { revision: 0, document: { tree: {}, changed: {} }, parts: 0, versionstamp: null },
    composed: { config, tree: base.file, problems: [], heldDestinations: new Set() },
    items,
    declared: items,
    channels,
  };
}

/** The state of a file and a stored snapshot. */
export function stateOf(base: Config, snapshot: ConfigSnapshot, channels: ChannelRegistry): ConfigState {
  const composed = compose(base, snapshot.document?.tree ?? {}, channels);
  return {
    base,
    snapshot,
    composed,
    items: itemsOf(composed.tree),
    declared: itemsOf(base.file),
    channels,
  };
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
    ...isDeclared ? undefined : state.snapshot.document?.changed[what],
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
