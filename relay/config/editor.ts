import type { Clock } from "../base/clock.ts";
import type { ConfigEntry, StoredConfig } from "../store/stored_config.ts";
import { changesBetween, type ConfigChange } from "./changes.ts";
import { newProblems, written } from "./draft.ts";
import type { ConfigRefusal, Edit, ItemChange, ItemState } from "./edit.ts";
import { isAddress, itemsOf, withItem } from "./items.ts";
import type { LiveConfig } from "./live.ts";
import { loadChannels } from "./member_schema.ts";
import { type ConfigState, masked, versionOf } from "./state.ts";
import type { Tree } from "./file.ts";

/** The number of retries of a change after another instance was faster. */
const TRIES = 10;

/** Changes the stored configuration. */
export class ConfigEditor {
  /** The configuration that it changes. */
  readonly live: LiveConfig;
  readonly #store: StoredConfig;
  readonly #clock: Clock;

  constructor(live: LiveConfig, { store, clock }: { store: StoredConfig; clock: Clock }) {
    this.live = live;
    this.#store = store;
    this.#clock = clock;
  }

  /** Changes, adds or removes an item. @throws StoreError */
  async change(
    { what, value, version, by }: ItemChange,
  ): Promise<{ item: ItemState | undefined } | ConfigRefusal> {
    if (!isAddress(what)) return { refused: "unknown" };
    const { live } = this;
    const refusal = await this.edit((stored) => {
      const { state } = live;
      const old = itemsOf(stored).get(what);
      const isDeclared = state.declared.has(what);
      // A stored item that the file overrides may only be removed.
      if (isDeclared && (value !== undefined || old === undefined)) return { refused: "managed" };
      if (value === undefined && old === undefined) return { refused: "unknown" };
      if (!isDeclared && old !== undefined && version === undefined) {
        return { refused: "unversioned", current: live.item(what)! };
      }
      if (!isDeclared && version !== (old === undefined ? undefined : versionOf(state, old))) {
        return { refused: "stale", current: live.item(what) };
      }
      const item = written(state, { what, value, old });
      if ("refused" in item) return item;
      return { tree: withItem(stored, what, item.value), typed: item.typed };
    }, { by });
    return refusal ?? { item: live.item(what) };
  }

  /**
   * Changes the stored configuration. The edit is applied to the newest state, and again if another instance was faster.
   *
   * @param options `replaces`: the edit ignores the stored configuration, which then need not be readable.
   * @returns the refusal, if any. @throws StoreError if it is unknown whether the change was committed
   */
  async edit(
    edit: Edit,
    { by, replaces = false }: { by: string; replaces?: boolean },
  ): Promise<ConfigRefusal | undefined> {
    return await this.live.inTurn(async () => {
      for (let tries = 0; tries < TRIES; tries++) {
        const outcome = await this.#tryOnce(edit, { by, replaces });
        if (outcome !== "moved") return outcome;
      }
      return { refused: "busy" };
    });
  }

  /** `moved`: another instance was faster. */
  async #tryOnce(
    edit: Edit,
    { by, replaces }: { by: string; replaces: boolean },
  ): Promise<ConfigRefusal | undefined | "moved"> {
    const { live } = this;
    await live.takeNewest();
    if (live.isSealed && !replaces) return { refused: "sealed" };
    const { state, stored } = live;
    const edited = edit(stored);
    if ("refused" in edited) return edited;
    const changes = changesBetween(stored, edited.tree);
    if (changes.length === 0 && !live.isSealed) return undefined;
    await loadChannels(edited.tree, state.channels);
    const problems = newProblems(state, edited.tree, edited.typed);
    if (problems.length > 0) return { refused: "invalid", problems };
    const entries = entriesOf(edited.tree, changes, { state, by, at: this.#clock.now() });
    const notes = changes.map((change) => ({ by, ...masked(state, change) }));
    const snapshot = await this.#store.write(state.snapshot, entries, notes);
    if (snapshot === "too_large") return { refused: "too_large" };
    if (snapshot === "moved") return "moved";
    live.apply(snapshot);
    return undefined;
  }
}

/** The items to store. An unchanged item is the same object, so that it is neither written nor read again. */
function entriesOf(
  tree: Tree,
  changes: readonly ConfigChange[],
  { state, by, at }: { state: ConfigState; by: string; at: number },
): ConfigEntry[] {
  const changed = new Set(changes.map(({ what }) => what));
  const before = new Map(state.snapshot.entries?.map((entry) => [entry[0], entry]));
  return [...itemsOf(tree)].map(([what, value]) =>
    changed.has(what) ? [what, value, { by, at }] : before.get(what) ?? [what, value]
  );
}
