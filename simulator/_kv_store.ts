/**
 * A KV Connect server over SQLite, with the limits of a `denokv` server. It stores keys and values unchanged, so it
 * is as exact as the protocol. `sum`, `min`, `max` and queues are refused.
 *
 * Source of the limits: https://github.com/denoland/denokv/blob/main/proto/limits.rs
 *
 * @module
 */
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { KvAnswer, KvBackend, KvRequest } from "./_kv_backend.ts";
import {
  type AtomicWrite,
  atomicWriteOutput,
  type Bytes,
  type KvEntry,
  type Mutation,
  PING,
  readAtomicWrite,
  type ReadRange,
  readSnapshotRead,
  readWatch,
  snapshotReadOutput,
  watchOutput,
} from "./_kv_messages.ts";

const LIMITS = {
  readKey: 2049,
  writeKey: 2048,
  value: 65_536,
  ranges: 10,
  entries: 1_000,
  checks: 10,
  mutations: 1_000,
  write: 819_200,
  watched: 10,
};

const SET = 1, DELETE = 2;

/** The interval of a watch's pings, in milliseconds. */
const PING_EVERY = 5_000;

/**
 * The interval at which expired keys are removed, in milliseconds: a key may be read for this long after its expiry.
 */
const SWEEP_EVERY = 60_000;

/** The id of the database; this server has only one. */
const DATABASE_ID = "00000000-0000-0000-0000-000000000000";

/** A request that the server refuses: the status, and the words of `denokv`. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, words: string) {
    super(words);
    this.status = status;
  }
}

/** Open the store. `path`: a file, or `:memory:`. */
export function openKvStore({ path, token }: { path: string; token: string }): KvBackend {
  const store = new SqliteKv(path);
  return {
    kind: "own store",
    handle: (request) => {
      try {
        return Promise.resolve(answer(store, request, token));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return Promise.resolve({ status: error.status, type: "text/plain", body: encode(error.message) });
      }
    },
    close: () => store.close(),
  };
}

function answer(store: SqliteKv, { method, headers, body, signal }: KvRequest, token: string): KvAnswer {
  if (headers.get("authorization") !== `Bearer ${token}`) throw new Refused(401, "Invalid access token.");
  if (method === "metadata") return { status: 200, type: "application/json", body: metadata(body, token) };
  if (!["2", "3"].includes(headers.get("x-denokv-version") ?? "")) {
    throw new Refused(400, "Expected protocol version 2.");
  }
  if (headers.get("x-denokv-database-id") !== DATABASE_ID) throw new Refused(400, "Invalid database id.");
  const type = "application/x-protobuf";
  switch (method) {
    case "snapshot_read":
      return { status: 200, type, body: snapshotReadOutput(store.read(checkedRead(body))) };
    case "atomic_write":
      return { status: 200, type, body: atomicWriteOutput(store.write(checkedWrite(body))) };
    case "watch":
      return { status: 200, type: "application/octet-stream", body: store.watch(checkedWatch(body), signal) };
  }
}

function metadata(body: Uint8Array, token: string): Bytes {
  const { supportedVersions = [1] } = parsed(() => JSON.parse(new TextDecoder().decode(body)));
  const version = [3, 2].find((version) => supportedVersions.includes(version));
  if (version === undefined) throw new Refused(400, "The server requires protocol version 2 or 3.");
  return encode(JSON.stringify({
    version,
    databaseId: DATABASE_ID,
    endpoints: [{ url: "/v2", consistency: "strong" }],
    token,
    expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
  }));
}

function checkedRead(body: Uint8Array): ReadRange[] {
  const ranges = parsed(() => readSnapshotRead(body));
  atMost(ranges.length, LIMITS.ranges, "Too many read ranges requested in one read request.");
  for (const { start, end, limit } of ranges) {
    if (limit < 1) throw new Refused(400, "The read range limit of the snapshot read request is invalid.");
    atMost(Math.max(start.length, end.length), LIMITS.readKey, "A key exceeds the key size limit.");
  }
  const entries = ranges.reduce((sum, { limit }) => sum + limit, 0);
  atMost(entries, LIMITS.entries, "The total number of entries requested is too large.");
  return ranges;
}

function checkedWrite(body: Uint8Array): AtomicWrite {
  const write = parsed(() => readAtomicWrite(body));
  const { checks, mutations, enqueues } = write;
  if (enqueues > 0) throw new Refused(400, "This store has no queues.");
  atMost(checks.length, LIMITS.checks, "Too many checks included in atomic write.");
  atMost(mutations.length, LIMITS.mutations, "Too many mutations / enqueues included in atomic write.");
  for (const { key, versionstamp } of checks) {
    atMost(key.length, LIMITS.readKey, "A key exceeds the key size limit.");
    if (![0, 10].includes(versionstamp.length)) throw new Refused(400, "Invalid versionstamp.");
  }
  for (const { key, value, type } of mutations) {
    if (type !== DELETE && (type !== SET || value === undefined)) {
      throw new Refused(400, "Invalid mutation kind or arguments: this store only sets and deletes.");
    }
    atMost(key.length, LIMITS.writeKey, "A key exceeds the key size limit.");
    atMost(value?.length ?? 0, LIMITS.value, "A value exceeds the value size limit.");
  }
  const bytes = [...checks, ...mutations].reduce((sum, { key }) => sum + key.length, 0) +
    mutations.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  atMost(bytes, LIMITS.write, "The total size of the atomic write is too large.");
  return write;
}

function checkedWatch(body: Uint8Array): Uint8Array[] {
  const keys = parsed(() => readWatch(body));
  atMost(keys.length, LIMITS.watched, "Too many keys watched in a single watch request.");
  for (const key of keys) atMost(key.length, LIMITS.readKey, "A key exceeds the key size limit.");
  return keys;
}

function atMost(size: number, limit: number, words: string): void {
  if (size > limit) throw new Refused(400, words);
}

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Refused(400, `Request is invalid: ${error instanceof Error ? error.message : error}.`);
  }
}

function encode(text: string): Bytes {
  return new TextEncoder().encode(text);
}

/** A row of the database. */
interface KvRow {
  readonly k: Uint8Array;
  readonly v: Uint8Array;
  readonly encoding: number;
  readonly version: number;
}

/** A watcher of some keys. */
interface Watcher {
  readonly keys: ReadonlySet<string>;
  notify(): void;
}

/** Keys in the order of their bytes, in SQLite; every write is a transaction with a version of its own. */
class SqliteKv {
  readonly #db: DatabaseSync;
  readonly #get: StatementSync;
  readonly #set: StatementSync;
  readonly #delete: StatementSync;
  readonly #ranges: Readonly<Record<"ASC" | "DESC", StatementSync>>;
  readonly #watchers = new Set<Watcher>();
  #version: number;
  #swept = Date.now();

  constructor(path: string) {
    this.#db = new DatabaseSync(path);
    this.#db.exec(`PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS kv
      (k BLOB PRIMARY KEY, v BLOB, encoding INTEGER, version INTEGER, expires INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS newest (id INTEGER PRIMARY KEY, version INTEGER);
      INSERT OR IGNORE INTO newest VALUES (1, 0)`);
    this.#get = this.#db.prepare("SELECT k, v, encoding, version FROM kv WHERE k = ?");
    this.#set = this.#db.prepare("INSERT OR REPLACE INTO kv VALUES (?, ?, ?, ?, ?)");
    this.#delete = this.#db.prepare("DELETE FROM kv WHERE k = ?");
    const range = (order: string): StatementSync =>
      this.#db.prepare(
        `SELECT k, v, encoding, version FROM kv WHERE k >= ? AND k < ? ORDER BY k ${order} LIMIT ?`,
      );
    this.#ranges = { ASC: range("ASC"), DESC: range("DESC") };
    this.#version = Number(this.#db.prepare("SELECT version FROM newest").get()!.version);
  }

  /** All ranges in one snapshot. */
  read(ranges: readonly ReadRange[]): KvEntry[][] {
    return ranges.map(({ start, end, limit, reverse }) =>
      rows(this.#ranges[reverse ? "DESC" : "ASC"].all(start, end, limit)).map(entryOf)
    );
  }

  /** @returns the versionstamp; `undefined` when a check fails, and nothing is written */
  write({ checks, mutations }: AtomicWrite): Uint8Array | undefined {
    const holds = checks.every(({ key, versionstamp }) => {
      const { version } = this.#row(key) ?? { version: undefined };
      return versionstamp.length === 0 ? version === undefined : version === versionOf(versionstamp);
    });
    if (!holds) return undefined;
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      this.#sweep();
      const version = ++this.#version;
      for (const mutation of mutations) this.#apply(mutation, version);
      this.#db.exec(`UPDATE newest SET version = ${version}; COMMIT`);
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
    for (const { keys, notify } of this.#watchers) {
      if (mutations.some(({ key }) => keys.has(key.toHex()))) notify();
    }
    return stampOf(this.#version);
  }

  /** Messages for as long as the client reads: the current values of the keys, then their changes. */
  async *watch(keys: readonly Uint8Array[], signal: AbortSignal): AsyncGenerator<Bytes> {
    let wake = (_: "changed" | "ended" | "ping"): void => {};
    const watcher = { keys: new Set(keys.map((key) => key.toHex())), notify: () => wake("changed") };
    this.#watchers.add(watcher);
    const end = (): void => wake("ended");
    signal.addEventListener("abort", end);
    let seen: (number | undefined)[] = [];
    try {
      for (let why = "changed"; why !== "ended" && !signal.aborted;) {
        // Changes while the client reads this message are found in the next iteration.
        const next = new Promise<string>((resolve) => wake = resolve);
        const timer = setTimeout(() => wake("ping"), PING_EVERY);
        try {
          const found = keys.map((key) => this.#row(key));
          const isFirst = seen.length === 0;
          const changed = found.map((row, at) => isFirst || row?.version !== seen[at]);
          seen = found.map((row) => row?.version);
          if (changed.includes(true)) {
            yield watchOutput(found.map((row, at) => changed[at] ? row && entryOf(row) : "unchanged"));
          } else if (why === "ping") yield PING;
          why = await next;
        } finally {
          clearTimeout(timer);
        }
      }
    } finally {
      this.#watchers.delete(watcher);
      signal.removeEventListener("abort", end);
    }
  }

  close(): void {
    this.#db.close();
  }

  #row(key: Uint8Array): KvRow | undefined {
    return rows([this.#get.get(key)].filter((row) => row !== undefined))[0];
  }

  #apply({ key, value, encoding, type, expireAt }: Mutation, version: number): void {
    if (type === SET) this.#set.run(key, value!, encoding, version, expireAt > 0 ? expireAt : null);
    else this.#delete.run(key);
  }

  #sweep(): void {
    const now = Date.now();
    if (now - this.#swept < SWEEP_EVERY) return;
    this.#swept = now;
    this.#db.prepare("DELETE FROM kv WHERE expires <= ?").run(now);
  }
}

function rows(found: readonly unknown[]): KvRow[] {
  return found as KvRow[];
}

function entryOf({ k, v, encoding, version }: KvRow): KvEntry {
  return { key: k, value: v, encoding, versionstamp: stampOf(version) };
}

function stampOf(version: number): Uint8Array {
  const stamp = new Uint8Array(10);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(version));
  return stamp;
}

function versionOf(stamp: Uint8Array): number {
  return Number(new DataView(stamp.buffer, stamp.byteOffset).getBigUint64(0));
}
