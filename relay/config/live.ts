import type { ChannelRegistry } from "../channel/registry.ts";
import type { ConfigSnapshot, StoredConfig } from "../store/stored_config.ts";
import type { Problem } from "./compose.ts";
import type { Config } from "./config.ts";
import { trialOf } from "./draft.ts";
import type { ConfigRefusal, ItemState } from "./edit.ts";
import type { Tree } from "./file.ts";
import { type ItemAddress, itemsOf, treeOf } from "./items.ts";
import { loadChannels } from "./member_schema.ts";
import { type ConfigState, initialState, itemIn, stateOf, withItems } from "./state.ts";

/** The options of {@linkcode LiveConfig}. */
export interface LiveConfigOptions {
  readonly store: StoredConfig;
  readonly channels: ChannelRegistry;
  /** Called with the faults of stored items. */
  readonly report: (words: string) => void;
}

/**
 * Owns the configuration while the relay runs. {@linkcode Config} explains its use. {@linkcode ConfigEditor} changes
 * the stored part.
 */
export class LiveConfig {
  /** The shared object that all readers use. */
  readonly config: Config;
  readonly #options: LiveConfigOptions;
  #state: ConfigState;
  readonly #listeners: (() => void)[] = [];
  #fileProblem: string | undefined;
  /** Changes run one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(config: Config, options: LiveConfigOptions) {
    this.config = config;
    this.#options = options;
    this.#state = initialState(config, options.channels);
  }

  /** The current state; it contains secrets: never for a page. */
  get state(): ConfigState {
    return this.#state;
  }

  /** Grows with each change of the stored configuration. */
  get revision(): number {
    return this.#state.snapshot.revision;
  }

  /** The reason why the newest state of the file is not in use. */
  get fileProblem(): string | undefined {
    return this.#fileProblem;
  }

  /** Whether the stored configuration cannot be opened: it was sealed with another key. */
  get isSealed(): boolean {
    return this.#state.snapshot.entries === undefined;
  }

  /** The stored items that are not in use, with the reasons. */
  get problems(): readonly Problem[] {
    return this.#state.composed.problems;
  }

  /** The stored items that the file overrides. */
  get shadowed(): ItemAddress[] {
    return [...itemsOf(this.stored).keys()].filter((what) => this.#state.declared.has(what));
  }

  /** The merged tree of file and store; it contains secrets: never for a page. */
  get tree(): Tree {
    return this.#state.composed.tree;
  }

  /** The stored tree; it contains secrets: never for a page. */
  get stored(): Tree {
    return this.#state.stored;
  }

  /** Whether a missing destination is stored but cannot be used now, so that its deliveries stay pending. */
  holds(destination: string): boolean {
    return this.isSealed || this.#state.composed.heldDestinations.has(destination);
  }

  /** All items, the file's first. */
  items(): ItemState[] {
    return [...this.#state.items.keys()].map((what) => this.item(what)!);
  }

  /** One item; `undefined` if it is not configured. */
  item(what: ItemAddress): ItemState | undefined {
    return itemIn(this.#state, what);
  }

  /** The configuration with one sent item, without storing it. */
  trial(what: ItemAddress, value: unknown): { config: Config } | ConfigRefusal {
    return trialOf(this.#state, what, value);
  }

  /** Subscribes to changes: called after each one is applied. */
  whenChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Reads the stored configuration, and applies it if it is new. @throws StoreError */
  async refresh(): Promise<void> {
    await this.inTurn(() => this.takeNewest());
  }

  /** Runs a function while nothing else changes the configuration. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return await result;
  }

  /** Waits until no change is in progress. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  /** Reads the stored configuration, if it is new. Only call it inside {@linkcode inTurn}. @throws StoreError */
  async takeNewest(): Promise<void> {
    const { store, channels } = this.#options;
    if (await store.revision() === this.revision) return;
    const snapshot = withItems(await store.read(this.#state.snapshot));
    await loadChannels(treeOf(new Map(snapshot.entries?.map(([what, value]) => [what, value]))), channels);
    this.apply(snapshot);
  }

  /** Applies a stored configuration. */
  apply(snapshot: ConfigSnapshot): void {
    this.#put(stateOf(this.#state.base, snapshot, this.#options.channels));
  }

  /** Replaces the file's configuration. */
  replaceFile(config: Config): void {
    this.#fileProblem = undefined;
    this.#put(stateOf({ ...config }, this.#state.snapshot, this.#options.channels));
  }

  /** Keeps the file's previous configuration. `problem`: why the newest state cannot be used, without secrets. */
  keepFile(problem: string): void {
    this.#fileProblem = problem;
    for (const listener of this.#listeners) listener();
  }

  #put(state: ConfigState): void {
    const { report } = this.#options;
    const before = new Set(this.problems.map(problemText));
    const wasSealed = this.isSealed;
    this.#state = state;
    // In place and synchronously: no reader sees a partial change.
    Object.assign(this.config, state.composed.config);
    if (this.isSealed && !wasSealed) report(SEALED);
    for (const problem of this.problems.map(problemText)) {
      if (!before.has(problem)) report(`A part of the configuration is not in use: ${problem}`);
    }
    for (const listener of this.#listeners) listener();
  }
}

/** The read side of the live configuration. */
export type ConfigView = Omit<
  LiveConfig,
  "whenChanged" | "refresh" | "inTurn" | "idle" | "takeNewest" | "apply" | "replaceFile" | "keepFile"
>;

/** The message about a stored configuration that cannot be opened, and the remedy. */
export const SEALED =
  "The stored configuration cannot be opened, so only the file's is in use: it was sealed with " +
  "another FENGHUO_KEY; start with that key, or replace it with deno task apply --prune";

/** A problem as a line. */
export function problemText({ what, path, message }: Problem): string {
  const dot = path === "" || path.startsWith("[") ? "" : ".";
  return `${what}${dot}${path}: ${message}`;
}
