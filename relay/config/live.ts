import type { ChannelRegistry } from "../channel/registry.ts";
import type { ConfigSnapshot, StoredConfig } from "../store/stored_config.ts";
import type { Problem } from "./compose.ts";
import type { Config } from "./config.ts";
import { trialOf } from "./draft.ts";
import type { ConfigRefusal, ItemState } from "./edit.ts";
import type { Tree } from "./file.ts";
import { channelsIn, type ItemAddress, itemsOf } from "./items.ts";
import { type ConfigState, initialState, itemIn, stateOf } from "./state.ts";

/** How the live configuration works. */
export interface LiveConfigOptions {
  readonly store: StoredConfig;
  readonly channels: ChannelRegistry;
  /** Called with what is wrong in what is stored. */
  readonly report: (words: string) => void;
}

/**
 * The configuration while the relay runs: its only owner. {@linkcode Config} says how to use it. {@linkcode ConfigEditor}
 * changes what is stored.
 */
export class LiveConfig {
  /** The one object that everybody reads. */
  readonly config: Config;
  readonly #options: LiveConfigOptions;
  #state: ConfigState;
  readonly #listeners: (() => void)[] = [];
  #fileProblem: string | undefined;
  /** Changes are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(config: Config, options: LiveConfigOptions) {
    this.config = config;
    this.#options = options;
    this.#state = initialState(config, options.channels);
  }

  /** Everything at this moment; with secrets: never for a page. */
  get state(): ConfigState {
    return this.#state;
  }

  /** Grows with each change of what is stored. */
  get revision(): number {
    return this.#state.snapshot.revision;
  }

  /** Why the newest state of the file is not in use. */
  get fileProblem(): string | undefined {
    return this.#fileProblem;
  }

  /** Whether what is stored cannot be opened: it was sealed with another key. */
  get isSealed(): boolean {
    return this.#state.snapshot.document === undefined;
  }

  /** What is stored and not in use, with the reasons. */
  get problems(): readonly Problem[] {
    return this.#state.composed.problems;
  }

  /** Items that are stored and do not count, because the file has others of the same names. */
  get shadowed(): ItemAddress[] {
    return [...itemsOf(this.stored).keys()].filter((what) => this.#state.declared.has(what));
  }

  /** File and store together; with secrets: never for a page. */
  get tree(): Tree {
    return this.#state.composed.tree;
  }

  /** What is stored; with secrets: never for a page. */
  get stored(): Tree {
    return this.#state.snapshot.document?.tree ?? {};
  }

  /** Whether deliveries to a destination wait that is not there: it is stored, and cannot be used just now. */
  holds(destination: string): boolean {
    return this.isSealed || this.#state.composed.heldDestinations.has(destination);
  }

  /** All items, the file's first. */
  items(): ItemState[] {
    return [...this.#state.items.keys()].map((what) => this.item(what)!);
  }

  /** One item; `undefined` when it is not configured. */
  item(what: ItemAddress): ItemState | undefined {
    return itemIn(this.#state, what);
  }

  /** What the configuration would be with one item as it is sent, without storing it. */
  trial(what: ItemAddress, value: unknown): { config: Config } | ConfigRefusal {
    return trialOf(this.#state, what, value);
  }

  /** Be called after each change, when it is in place. */
  whenChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Read what is stored, and put it in place when it is new. @throws StoreError */
  async refresh(): Promise<void> {
    await this.inTurn(() => this.takeNewest());
  }

  /** Do something while nobody else changes the configuration. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return await result;
  }

  /** Wait until no change is being made. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  /** Read what is stored, if it is new. To be called in turn. @throws StoreError */
  async takeNewest(): Promise<void> {
    const { store, channels } = this.#options;
    if (await store.revision() === this.revision) return;
    const snapshot = await store.read();
    await channels.load(channelsIn(snapshot.document?.tree ?? {}));
    this.take(snapshot);
  }

  /** Put in place what is stored now. */
  take(snapshot: ConfigSnapshot): void {
    this.#put(stateOf(this.#state.base, snapshot, this.#options.channels));
  }

  /** Put another file in the place of the one that was read before. */
  replaceFile(config: Config): void {
    this.#fileProblem = undefined;
    this.#put(stateOf({ ...config }, this.#state.snapshot, this.#options.channels));
  }

  /** Keep the file as it was read before. `problem`: why the newest state cannot be used, without secrets. */
  keepFile(problem: string): void {
    this.#fileProblem = problem;
    for (const listener of this.#listeners) listener();
  }

  #put(state: ConfigState): void {
    const { report } = this.#options;
    const before = new Set(this.problems.map(problemText));
    const wasSealed = this.isSealed;
    this.#state = state;
    // In place and at once: nobody sees half of it.
    Object.assign(this.config, state.composed.config);
    if (this.isSealed && !wasSealed) report(SEALED);
    for (const problem of this.problems.map(problemText)) {
      if (!before.has(problem)) report(`A part of the configuration is not in use: ${problem}`);
    }
    for (const listener of this.#listeners) listener();
  }
}

/** What is asked of the live configuration; the rest of it puts another one in place. */
export type ConfigView = Omit<
  LiveConfig,
  "whenChanged" | "refresh" | "inTurn" | "idle" | "takeNewest" | "take" | "replaceFile" | "keepFile"
>;

/** What to do about a stored configuration that cannot be opened. */
export const SEALED =
  "The stored configuration cannot be opened, so only the file's is in use: it was sealed with " +
  "another FENGHUO_KEY; start with that key, or replace it with deno task apply --prune";

/** A problem as a line. */
export function problemText({ what, path, message }: Problem): string {
  const dot = path === "" || path.startsWith("[") ? "" : ".";
  return `${what}${dot}${path}: ${message}`;
}
