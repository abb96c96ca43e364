import { defined } from "../base/defined.ts";
import { canonicalJson, sha256Hex } from "../base/hash.ts";
import type { ChannelRegistry } from "../channel/registry.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import type { ConfigDocument, ConfigSnapshot, StoredConfig } from "../store/stored_config.ts";
import { utf8Bytes } from "../base/text.ts";
import { type Change, changesBetween } from "./changes.ts";
import { pathText } from "./path.ts";
import { compose, type Composed, merge, type Problem, problemsOf } from "./compose.ts";
import type { Config } from "./config.ts";
import type { Edit, ItemChange, ItemState, Refusal } from "./edit.ts";
import type { Tree } from "./file.ts";
import { type Address, channelsIn, isAddress, itemsOf, named, partsOf, withItem } from "./items.ts";
import { isTree } from "./raw.ts";
import { mask, type MaskOptions, typedIn, unmask } from "./mask.ts";
import { plain } from "./plain.ts";
import { redirectedSecrets } from "./secret_endpoints.ts";

/** How the live configuration works. */
export interface LiveConfigOptions {
  readonly store: StoredConfig;
  readonly channels: ChannelRegistry;
  readonly now: () => number;
  /** Called with what is wrong in what is stored. */
  readonly report: (words: string) => void;
}

/** How often a change is tried again when another instance was faster. */
const TRIES = 10;

/** What is stored has room in one atomic, with the notes of a change. */
const DOCUMENT_BYTES = 300_000;

/** The configuration while the relay runs: its only owner. {@linkcode Config} says how to use it. */
export class LiveConfig {
  /** The one object that everybody reads. */
  readonly config: Config;
  readonly #options: LiveConfigOptions;
  readonly #mask: MaskOptions;
  /** Environment, secrets and file: what is there without what is stored. */
  #base: Config;
  #snapshot: ConfigSnapshot = { revision: 0, document: EMPTY, parts: 0, versionstamp: null };
  #composed: Composed;
  #items: ReadonlyMap<Address, unknown>;
  #declared: ReadonlyMap<Address, unknown>;
  readonly #listeners: (() => void)[] = [];
  #fileProblem: string | undefined;
  /** Changes are made one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(config: Config, options: LiveConfigOptions) {
    this.config = config;
    this.#base = { ...config };
    this.#options = options;
    this.#mask = { channels: options.channels, key: config.key };
    this.#composed = { config, tree: config.file, problems: [], heldDestinations: new Set() };
    this.#items = this.#declared = itemsOf(config.file);
  }

  /** Be called after each change, when it is in place. */
  whenChanged(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Grows with each change of what is stored. */
  get revision(): number {
    return this.#snapshot.revision;
  }

  /** What the file declares; with secrets: never for a page. */
  get file(): Tree {
    return this.#base.file;
  }

  /** Why the newest state of the file is not in use. */
  get fileProblem(): string | undefined {
    return this.#fileProblem;
  }

  /** Whether what is stored cannot be opened: it was sealed with another key. */
  get isSealed(): boolean {
    return this.#snapshot.document === undefined;
  }

  /** What is stored and not in use, with the reasons. */
  get problems(): readonly Problem[] {
    return this.#composed.problems;
  }

  /** Items that are stored and do not count, because the file has others of the same names. */
  get shadowed(): Address[] {
    return [...itemsOf(this.stored).keys()].filter((what) => this.#declared.has(what));
  }

  /** File and store together, or only what is stored; with secrets: never for a page. */
  get tree(): Tree {
    return this.#composed.tree;
  }

  /** What is stored; with secrets: never for a page. */
  get stored(): Tree {
    return this.#snapshot.document?.tree ?? {};
  }

  /** Whether deliveries to a destination wait that is not there: it is stored, and cannot be used just now. */
  holds(destination: string): boolean {
    return this.isSealed || this.#composed.heldDestinations.has(destination);
  }

  /** All items, the file's first. */
  items(): ItemState[] {
    return [...this.#items.keys()].map((what) => this.item(what)!);
  }

  /** One item; `undefined` when it is not configured. */
  item(what: Address): ItemState | undefined {
    const value = this.#items.get(what);
    if (value === undefined) return undefined;
    const isDeclared = this.#declared.has(what);
    const last = this.#snapshot.document?.changed[what];
    return {
      what,
      value: mask(what, value, this.#mask),
      version: this.#versionOf(value),
      managedBy: isDeclared ? "file" : "console",
      ...isDeclared ? undefined : last,
      problems: this.#composed.problems.filter((problem) => problem.what === what),
    };
  }

  /** Read what is stored, and put it in place when it is new. @throws StoreError */
  async refresh(): Promise<void> {
    await this.#inTurn(async () => {
      if (await this.#options.store.revision() !== this.revision) {
        await this.#takeNewest();
      }
    });
  }

  /** Wait until no change is being made. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  /** Keep the file as it was read before. `problem`: why the newest state cannot be used, without secrets. */
  keepFile(problem: string): void {
    this.#fileProblem = problem;
    for (const listener of this.#listeners) listener();
  }

  /** Put another file in the place of the one that was read before. */
  replaceFile(config: Config): void {
    this.#fileProblem = undefined;
    this.#base = { ...config };
    this.#take(this.#snapshot);
  }

  /** Change, add or remove an item. @throws StoreError */
  async change({ what, value, version, by }: ItemChange): Promise<{ item: ItemState | undefined } | Refusal> {
    if (!isAddress(what)) return { refused: "unknown" };
    const refusal = await this.edit((stored) => {
      const old = itemsOf(stored).get(what);
      const isDeclared = this.#declared.has(what);
      // A stored one that the file stands before may be removed, and nothing else.
      if (isDeclared && (value !== undefined || old === undefined)) return { refused: "managed" };
      if (value === undefined && old === undefined) return { refused: "unknown" };
      if (!isDeclared && old !== undefined && version === undefined) {
        return { refused: "unversioned", current: this.item(what)! };
      }
      if (!isDeclared && version !== (old === undefined ? undefined : this.#versionOf(old))) {
        return { refused: "stale", current: this.item(what) };
      }
      const written = this.written(what, value, old);
      if ("refused" in written) return written;
      return { tree: withItem(stored, what, written.value), typed: written.typed };
    }, { by });
    return refusal ?? { item: this.item(what) };
  }

  /** An item as it is stored: with the ids of its address and its secrets for their marks. `typed`: its new secrets. */
  written(
    what: Address,
    value: unknown,
    old: unknown,
  ): { value: unknown; typed: ReadonlySet<string> } | Refusal {
    const invalid = (path: string, message: string): Refusal => ({
      refused: "invalid",
      problems: [{ what, path, message }],
    });
    const clean = plain(value);
    if (clean === undefined && value !== undefined) return invalid("", "is too deep");
    if (clean !== undefined && partsOf(what).id !== undefined && !isTree(clean)) {
      return invalid("", "must be a mapping");
    }
    const whole = named(what, clean);
    if (clean !== undefined && whole === undefined) {
      return invalid("", "names another one than its address does");
    }
    const { value: written, lost } = unmask(what, whole, old, this.#mask);
    if (lost.length === 0) {
      return { value: written, typed: typedIn(what, whole, this.#options.channels) };
    }
    return {
      refused: "invalid",
      problems: lost.map(({ path, message }) => ({ what, path: pathText(path), message })),
    };
  }

  /**
   * Change what is stored. The edit is made on the newest state, and again when another instance was faster.
   *
   * @param options `replaces`: the edit does not build on what is stored, which then need not be readable.
   * @returns why not, when not. @throws StoreError when it is not known whether it landed
   */
  async edit(
    edit: Edit,
    { by, replaces = false }: { by: string; replaces?: boolean },
  ): Promise<Refusal | undefined> {
    return await this.#inTurn(async () => {
      const { store, channels, now } = this.#options;
      for (let tries = 0; tries < TRIES; tries++) {
        if (await store.revision() !== this.revision) await this.#takeNewest();
        if (this.isSealed && !replaces) return { refused: "sealed" };
        const edited = edit(this.stored);
        if ("refused" in edited) return edited;
        const changes = changesBetween(this.stored, edited.tree);
        if (changes.length === 0 && !this.isSealed) return undefined;
        await channels.load(channelsIn(edited.tree));
        const problems = this.newProblems(edited.tree, edited.typed);
        if (problems.length > 0) return { refused: "invalid", problems };
        const document: ConfigDocument = {
          tree: edited.tree,
          changed: changedBy(this.#snapshot.document?.changed, changes, { by, at: now() }),
        };
        if (utf8Bytes(JSON.stringify(document)) > DOCUMENT_BYTES) return { refused: "too_large" };
        const written = await store.write(this.#snapshot, document, this.notesOf(changes, by));
        if (written === "too_large") return { refused: "too_large" };
        if (written === "moved") continue;
        this.#take(written);
        return undefined;
      }
      return { refused: "busy" };
    });
  }

  /** The new problems of another stored tree, and the stored secrets that it would redirect. */
  newProblems(stored: Tree, typed: ReadonlySet<string>): Problem[] {
    return this.#newIn(merge(this.#base.file, stored), typed);
  }

  #newIn(tree: Tree, typed: ReadonlySet<string>): Problem[] {
    const { channels } = this.#options;
    const known = new Set(this.problems.map(({ what, message }) => `${what} ${message}`));
    const found = problemsOf(tree, { base: this.#base, channels })
      .filter(({ what, message }) => !known.has(`${what} ${message}`));
    return [...found, ...redirectedSecrets({ before: this.tree, after: tree, typed }, channels)];
  }

  /** What the configuration would be with one item as it is sent, without storing it. */
  trial(what: Address, value: unknown): { config: Config } | Refusal {
    const written = this.written(what, value, this.#items.get(what));
    if ("refused" in written) return written;
    const tree = withItem(this.tree, what, written.value);
    const problems = this.#newIn(tree, written.typed);
    if (problems.length > 0) return { refused: "invalid", problems };
    return { config: compose({ ...this.#base, file: {} }, tree, this.#options.channels).config };
  }

  /** Changes as the audit keeps them. */
  notesOf(changes: readonly Change[], by: string): AuditNote[] {
    return changes.map((change) => ({ by, ...this.masked(change) }));
  }

  /** A change without the secrets. */
  masked({ what, action, before, after }: Change): Change {
    return defined({
      action,
      what,
      before: mask(what, before, this.#mask),
      after: mask(what, after, this.#mask),
    });
  }

  /** A short name of a value that tells nothing about it. */
  fingerprint(value: unknown): string {
    return sha256Hex(`${this.#base.key}\n${canonicalJson(value)}`, 16);
  }

  #versionOf(value: unknown): string {
    return this.fingerprint(value);
  }

  async #takeNewest(): Promise<void> {
    const { store, channels } = this.#options;
    const snapshot = await store.read();
    await channels.load(channelsIn(snapshot.document?.tree ?? {}));
    this.#take(snapshot);
  }

  #take(snapshot: ConfigSnapshot): void {
    const { channels, report } = this.#options;
    const before = new Set(this.problems.map(problemText));
    const wasSealed = this.isSealed;
    this.#snapshot = snapshot;
    this.#composed = compose(this.#base, this.stored, channels);
    this.#items = itemsOf(this.#composed.tree);
    this.#declared = itemsOf(this.#base.file);
    // In place and at once: nobody sees half of it.
    Object.assign(this.config, this.#composed.config);
    if (this.isSealed && !wasSealed) report(SEALED);
    for (const problem of this.problems.map(problemText)) {
      if (!before.has(problem)) report(`A part of the configuration is not in use: ${problem}`);
    }
    for (const listener of this.#listeners) listener();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return await result;
  }
}

/** What is asked of the live configuration; the rest of it changes something. */
export type ConfigView = Omit<
  LiveConfig,
  "change" | "edit" | "refresh" | "idle" | "keepFile" | "replaceFile" | "whenChanged"
>;

const EMPTY: ConfigDocument = { tree: {}, changed: {} };

/** What to do about a stored configuration that cannot be opened. */
export const SEALED =
  "The stored configuration cannot be opened, so only the file's is in use: it was sealed with " +
  "another FENGHUO_KEY; start with that key, or replace it with deno task apply --prune";

/** A problem as a line. */
export function problemText({ what, path, message }: Problem): string {
  const dot = path === "" || path.startsWith("[") ? "" : ".";
  return `${what}${dot}${path}: ${message}`;
}

function changedBy(
  before: ConfigDocument["changed"] = {},
  changes: readonly Change[],
  mark: { by: string; at: number },
): ConfigDocument["changed"] {
  const changed = new Map(Object.entries(before));
  for (const { what, action } of changes) {
    if (action === "removed") changed.delete(what);
    else changed.set(what, mark);
  }
  return Object.fromEntries(changed);
}
