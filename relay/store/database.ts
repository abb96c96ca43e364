import { decode, encode } from "../base/codec.ts";
import type { Atomic } from "./atomic.ts";
import { NoSuchKeyError, StoreError } from "./errors.ts";
import type { Kv } from "./kv.ts";
import { DirectLink, type Link, type LinkedOperation } from "./link.ts";

/** Deno's error for a key over 2 KiB. Only an invented id causes it: no record has such a key. */
const TOO_LONG = /^Key too large for read/;

/** Deno's errors for an atomic that can never be written: a value, a key, or the whole is too large. */
const NEVER_FITS = /\btoo large\b|^Too many (?:mutations|checks)\b/;

/** The most keys in one read, whose values are from one moment. */
const MAX_KEYS = 10;

/** Time limits of operations, in milliseconds, and the handling of failures. */
export interface DatabaseOptions {
  /** The limit of a read of some keys, and of a write. */
  readonly deadline: number;
  /** The limit of a page of a range. Default: the same. */
  readonly pageDeadline?: number;
  /** Called with the error of each operation that fails. */
  readonly failed?: (error: StoreError) => void;
}

/** The wording of a view's errors, and its time limit. */
export interface ViewOptions {
  /** The word for writing, in errors. Default: `write`. */
  readonly write?: string;
  /** Time limit of one operation in milliseconds; Infinity = none. Default: the database's. */
  readonly deadline?: number;
}

/** The options of reading a range. */
export interface ListOptions {
  /** The most entries. Default: all. */
  readonly limit?: number;
  /** Entries that are read at a time. Default: 100. */
  readonly batch?: number;
  /** Whether to begin at the end. */
  readonly reverse?: boolean;
}

/** The options of reading a long range. */
export interface PagesOptions {
  /** Entries of a page. Default: 500. */
  readonly batch?: number;
  /** Entries of the first page, for callers that may need few. Default: as many as in the others. */
  readonly first?: number;
  /** Whether to begin at the end. */
  readonly reverse?: boolean;
  /** Whether to read the next page while the caller works on a page, for callers that read to the end. */
  readonly ahead?: boolean;
}

/**
 * A database whose every operation has a time limit: without it, a remote one that hangs would hold a request open
 * forever. An operation that timed out cannot be cancelled: it may still land.
 */
export class Database {
  readonly #link: Link;
  /** Time limit of one operation, in milliseconds. */
  deadline: number;
  readonly #pageDeadline: number | undefined;
  readonly #failed: (error: StoreError) => void;

  constructor(database: Kv | Link, { deadline, pageDeadline, failed = () => {} }: DatabaseOptions) {
    this.#link = "run" in database ? database : new DirectLink(database);
    this.deadline = deadline;
    this.#pageDeadline = pageDeadline;
    this.#failed = failed;
  }

  /** The database for one part of the store, with its name in errors: `the log`. */
  of(what: string, { write = "write", deadline }: ViewOptions = {}): DatabaseView {
    return new DatabaseView(this.#link, {
      what,
      write,
      deadline: () => deadline ?? this.deadline,
      pageDeadline: () => deadline ?? this.#pageDeadline ?? this.deadline,
      failed: this.#failed,
    });
  }
}

/**
 * The database for one part of the store. Values are written with {@linkcode encode}.
 *
 * Every method throws a StoreError when the operation failed or took too long: "Cannot read the log: …", "Cannot write the
 * log: …"; and NoSuchKeyError when a key is too long to exist.
 */
export class DatabaseView {
  readonly #link: Link;
  readonly #options: DatabaseViewOptions;

  constructor(link: Link, options: DatabaseViewOptions) {
    this.#link = link;
    this.#options = options;
  }

  /** The value of a key, decoded; `undefined` when there is none. */
  async get<T>(key: Deno.KvKey): Promise<T | undefined> {
    const { value } = await this.entry(key);
    return value === null ? undefined : decode<T>(value);
  }

  /** The entry of a key, not decoded. */
  async entry(key: Deno.KvKey): Promise<Deno.KvEntryMaybe<unknown>> {
    return await this.#read((kv) => kv.get(key));
  }

  /** The entries of keys. Each `atOnce` of them, at most ten, are from one moment. */
  async entries(
    keys: readonly Deno.KvKey[],
    { atOnce = MAX_KEYS } = {},
  ): Promise<Deno.KvEntryMaybe<unknown>[]> {
    const reads: Promise<Deno.KvEntryMaybe<unknown>[]>[] = [];
    for (let from = 0; from < keys.length; from += atOnce) {
      const some = keys.slice(from, from + atOnce);
      reads.push(this.#read((kv) => kv.getMany(some)));
    }
    return (await Promise.all(reads)).flat();
  }

  /** All values under a prefix, decoded. */
  async all<T>(prefix: Deno.KvKey): Promise<T[]> {
    return await Array.fromAsync(this.list({ prefix }), ({ value }) => decode<T>(value));
  }

  /** The entries of a range; each batch of them has the time limit. */
  async *list(
    selector: Deno.KvListSelector,
    { limit = Infinity, batch = 100, reverse = false }: ListOptions = {},
  ): AsyncGenerator<Deno.KvEntry<unknown>> {
    let left = limit;
    for await (const page of this.pages(selector, { batch: Math.min(batch, limit), reverse })) {
      for (const entry of page) {
        yield entry;
        if (--left === 0) return;
      }
    }
  }

  /**
   * The entries of a range, page by page: a long range needs little memory, each page has the time limit, and other work
   * runs in between.
   */
  async *pages(
    selector: Deno.KvListSelector,
    { batch = 500, first = batch, reverse = false, ahead = false }: PagesOptions = {},
  ): AsyncGenerator<Deno.KvEntry<unknown>[]> {
    let page = await this.#page(selector, { limit: first, reverse });
    for (;;) {
      const { entries, cursor } = page;
      const read = (): Promise<ReadPage> => this.#page(selector, { limit: batch, reverse, cursor });
      const next = ahead && cursor !== undefined ? read() : undefined;
      next?.catch(() => {}); // awaited below, unless the caller stops
      if (entries.length > 0) yield entries;
      if (cursor === undefined) return;
      page = await (next ?? read());
    }
  }

  async #page(
    selector: Deno.KvListSelector,
    { cursor, ...options }: { limit: number; reverse: boolean; cursor?: string | undefined },
  ): Promise<ReadPage> {
    const { limit } = options;
    const page = { ...options, batchSize: limit, ...cursor ? { cursor } : {} };
    return await this.#read(async (kv) => {
      const list = kv.list(selector, page);
      const entries = await Array.fromAsync(list);
      return { entries, cursor: entries.length < limit ? undefined : list.cursor };
    }, this.#options.pageDeadline());
  }

  /** Write a value, encoded. */
  async set(key: Deno.KvKey, value: unknown, options: { expireIn?: number } = {}): Promise<void> {
    const bytes = encode(value);
    await this.#write((kv) => kv.set(key, bytes, options));
  }

  /** Remove a key. */
  async delete(key: Deno.KvKey): Promise<void> {
    await this.#write((kv) => kv.delete(key));
  }

  /** An atomic, to be committed by {@linkcode commit}. @throws StoreAwayError */
  atomic(): Atomic {
    return this.#link.atomic(this.#writing);
  }

  /** Commit an atomic. @returns `ok: false` when a check of it failed */
  async commit(atomic: Atomic): Promise<Deno.KvCommitResult | Deno.KvCommitError> {
    return await this.#write(() => atomic.commit());
  }

  /** The entries of keys, not decoded, now and after each change, until the connection ends. @throws StoreAwayError */
  watch(keys: readonly Deno.KvKey[]): ReadableStream<Deno.KvEntryMaybe<unknown>[]> {
    return this.#link.watch(keys, `watch ${this.#options.what}`);
  }

  get #writing(): string {
    return `${this.#options.write} ${this.#options.what}`;
  }

  #read<T>(operation: (kv: Kv) => Promise<T>, within = this.#options.deadline()): Promise<T> {
    return this.#run(operation, { action: `read ${this.#options.what}`, within });
  }

  #write<T>(operation: (kv: Kv) => Promise<T>): Promise<T> {
    return this.#run(operation, { action: this.#writing, within: this.#options.deadline() });
  }

  async #run<T>(operation: (kv: Kv) => Promise<T>, options: LinkedOperation): Promise<T> {
    try {
      return await this.#link.run(operation, options);
    } catch (error) {
      const explanation = explained(options.action, error);
      if (explanation instanceof StoreError) this.#options.failed(explanation);
      throw explanation;
    }
  }
}

/** The wording of a view's errors, and its time limits, read for each operation. */
interface DatabaseViewOptions {
  readonly what: string;
  readonly write: string;
  readonly deadline: () => number;
  readonly pageDeadline: () => number;
  readonly failed: (error: StoreError) => void;
}

interface ReadPage {
  readonly entries: Deno.KvEntry<unknown>[];
  readonly cursor: string | undefined;
}

function explained(action: string, error: unknown): Error {
  if (error instanceof StoreError) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (TOO_LONG.test(words)) {
    return new NoSuchKeyError(`Cannot ${action}: the name is too long`, { cause: error });
  }
  const kind = NEVER_FITS.test(words) ? "too_large" : "unavailable";
  const shown = kind === "too_large" ? "it is too large" : "the database failed; see the relay's log";
  return new StoreError(kind, `Cannot ${action}: ${words}`, {
    cause: error,
    shown: `Cannot ${action}: ${shown}`,
  });
}
