import { decode, encode } from "../base/codec.ts";
import { seal, unseal } from "../base/seal.ts";
import { encodeTime, monotonicFactory } from "../base/ulid.ts";
import type { Audit } from "./audit.ts";
import type { Atomic } from "./atomic.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import {
  type ConfigChunk,
  type ConfigEntry,
  type ConfigMark,
  isStored,
  planChunks,
} from "./config_chunks.ts";
import { StoreError } from "./errors.ts";
import type { Database, DatabaseView } from "./database.ts";
import type { Watch } from "./watch.ts";
import { configChunkKey, configChunksKey, configHeadKey, configPartKey, configVersionKey } from "./keys.ts";

export type { ConfigEntry } from "./config_chunks.ts";

/** A snapshot of the configuration. */
export interface ConfigSnapshot {
  /** Grows with each change; 0 before the first. */
  readonly revision: number;
  /** The items that people changed while the relay ran, in order; `undefined` when they were sealed with another key. */
  readonly entries: readonly ConfigEntry[] | undefined;
  readonly chunks: readonly ConfigChunk[];
  /** The configuration of an earlier version, until the next change. */
  readonly old?: OldConfig;
  /** A write checks it: the revision must still be the newest. */
  readonly versionstamp: string | null;
}

/** The snapshot before the first change. */
export const NOTHING_STORED: ConfigSnapshot = {
  revision: 0,
  entries: [],
  chunks: [],
  versionstamp: null,
};

/** The options of the stored configuration. */
export interface StoredConfigOptions {
  /** The key that seals it. */
  readonly key: string;
  readonly audit: Audit;
  readonly now: () => number;
  /** The most bytes of all chunks together, sealed: a start reads them and holds them in memory. Default 30,000,000. */
  readonly maxBytes?: number;
}

/** Names the newest complete revision. */
interface ConfigHead {
  readonly revision: number;
  readonly token: string;
  /** The ids of its chunks in order, and the number of parts of each: sealed. */
  readonly chunks?: string;
  /** Of an earlier version: the number of parts of the whole. */
  readonly parts?: number;
}

/** An earlier version's configuration: one text, in parts. */
export interface OldConfig {
  readonly parts: number;
  /** `undefined` when it was sealed with another key. */
  readonly document?: {
    readonly tree: Record<string, unknown>;
    readonly changed: Readonly<Record<string, ConfigMark>>;
  };
}

/** A value of the database has at most 64 KiB. */
const PART_BYTES = 60_000;

/** An atomic has at most 800 KiB, including its keys. */
const ATOMIC_BYTES = 700_000;

/** The most reads, because a revision may be replaced during a read. */
const MAX_READS = 10;

/** The age at which chunks of an unfinished change are removed: another instance may be writing them. */
const ABANDONED = 60 * 60_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A sealed chunk to write. */
interface SealedChunk extends ConfigChunk {
  readonly values: readonly Uint8Array[];
  readonly bytes: number;
}

/**
 * The stored configuration: sealed chunks, and a head that names them. A change writes its chunks, the head and its
 * audit notes in one atomic. Chunks that are too large for one are written before, under ids that no head contains
 * yet. So a change is never partial.
 */
export class StoredConfig {
  readonly #kv: DatabaseView;
  readonly #options: StoredConfigOptions;
  readonly #nextId = monotonicFactory();

  constructor(database: Database, options: StoredConfigOptions) {
    this.#kv = database.of("the configuration");
    this.#options = options;
  }

  /** Call a function when another revision becomes the newest, here or at another instance. */
  onChanged(watch: Watch, changed: (revision: number) => void): void {
    watch.on(configVersionKey(), ({ value }) => changed(value === null ? 0 : decode<number>(value)));
  }

  /** The newest revision's number. @throws StoreError */
  async revision(): Promise<number> {
    return (await this.#kv.get<ConfigHead>(configHeadKey()))?.revision ?? 0;
  }

  /**
   * The newest revision. `known`: an older one, whose chunks are not read again. A revision of an earlier version has
   * the whole instead of entries. @throws StoreError
   */
  async read(known: ConfigSnapshot = NOTHING_STORED): Promise<ConfigSnapshot> {
    for (let tries = 0; tries < MAX_READS; tries++) {
      const { value, versionstamp } = await this.#kv.entry(configHeadKey());
      if (value === null) return { ...NOTHING_STORED, versionstamp };
      const head = decode<ConfigHead>(value);
      const snapshot = head.chunks === undefined
        ? await this.#readOld(head)
        : await this.#readChunks(head, known.chunks);
      // Another instance may have replaced the revision during the read.
      if (snapshot) return { ...snapshot, revision: head.revision, versionstamp };
    }
    throw new StoreError("unavailable", "Cannot read the configuration: it changes all the time; try again");
  }

  /**
   * Replaces the snapshot that was read.
   *
   * @returns the new revision; `moved` when a newer one exists, `too_large` when the whole is too large
   * @throws StoreError when the outcome is unknown
   */
  async write(
    base: ConfigSnapshot,
    entries: readonly ConfigEntry[],
    notes: readonly AuditNote[],
  ): Promise<ConfigSnapshot | "moved" | "too_large"> {
    const { audit, maxBytes = 30_000_000 } = this.#options;
    const revision = base.revision + 1;
    const chunks = await Promise.all(
      planChunks(entries, base.chunks).map((planned) => isStored(planned) ? planned : this.#sealed(planned)),
    );
    const fresh = chunks.filter((chunk): chunk is SealedChunk => "bytes" in chunk);
    if (chunks.reduce((sum, { parts }) => sum + parts, 0) * PART_BYTES > maxBytes) return "too_large";
    const head: ConfigHead = {
      revision,
      token: crypto.randomUUID(),
      chunks: await this.#seal(
        JSON.stringify(chunks.map(({ id, parts }) => [id, parts])),
        headPlace(revision),
      ),
    };
    const kept = new Set(chunks.map(({ id }) => id));
    const atomic = this.#kv.atomic()
      .check({ key: configHeadKey(), versionstamp: base.versionstamp })
      .set(configHeadKey(), encode(head))
      .set(configVersionKey(), encode(revision));
    for (let part = 0; part < (base.old?.parts ?? 0); part++) {
      atomic.delete(configPartKey(base.revision, part));
    }
    for (const chunk of base.chunks) if (!kept.has(chunk.id)) deleteChunk(atomic, chunk);
    const bytes = fresh.reduce((sum, chunk) => sum + chunk.bytes, 0);
    const isSmall = bytes + notes.reduce((sum, note) => sum + bytesOf(note), 0) < ATOMIC_BYTES;
    if (isSmall) {
      for (const chunk of fresh) setChunk(atomic, chunk);
      audit.add(atomic, notes);
    } else {
      await this.#writeAhead(fresh);
      if (notes.length > 0) audit.add(atomic, [sumOf(notes)]);
    }
    const outcome = await this.#commit(atomic, head.token);
    if (outcome === "moved") {
      if (!isSmall) await this.#remove(fresh);
      return "moved";
    }
    // Also those that were sealed with another key, which cannot be listed. Never before the change has landed.
    if (!isSmall || base.entries === undefined) await this.#removeAbandoned(chunks);
    // The change has landed with the sum of its notes: the loss of the single items' notes is not a failure.
    if (!isSmall) await this.#note(notes).catch(() => {});
    return {
      revision,
      entries,
      chunks: chunks.map(({ id, parts, entries }) => ({ id, parts, entries })),
      versionstamp: outcome,
    };
  }

  /** @returns the versionstamp of the new head; `moved` when it did not land */
  async #commit(atomic: Atomic, token: string): Promise<string | "moved"> {
    try {
      const result = await this.#kv.commit(atomic);
      if (result.ok) return result.versionstamp;
    } catch {
      // The outcome is unknown: the head itself decides.
    }
    const entry = await this.#kv.entry(configHeadKey());
    const landed = entry.value !== null && decode<ConfigHead>(entry.value).token === token;
    return landed ? entry.versionstamp! : "moved";
  }

  async #readChunks(
    head: ConfigHead,
    known: readonly ConfigChunk[],
  ): Promise<Pick<ConfigSnapshot, "entries" | "chunks"> | undefined> {
    const list = await this.#unseal(head.chunks!, headPlace(head.revision));
    if (list === undefined) return { entries: undefined, chunks: [] };
    const byId = new Map(known.map((chunk) => [chunk.id, chunk]));
    const names = JSON.parse(list) as [id: string, parts: number][];
    const keys = names.filter(([id]) => !byId.has(id))
      .flatMap(([id, parts]) => Array.from({ length: parts }, (_, part) => configChunkKey(id, part)));
    const texts = new Map<string, string>();
    for (const { key, value } of await this.#kv.entries(keys)) {
      if (value === null) return undefined;
      const id = String(key[2]);
      texts.set(id, (texts.get(id) ?? "") + decoder.decode(value as Uint8Array));
    }
    const chunks = await Promise.all(names.map(async ([id, parts]): Promise<ConfigChunk | undefined> => {
      const chunk = byId.get(id);
      if (chunk) return chunk;
      const text = await this.#unseal(texts.get(id)!, chunkPlace(id));
      return text === undefined ? undefined : { id, parts, entries: JSON.parse(text) };
    }));
    if (chunks.includes(undefined)) return { entries: undefined, chunks: [] };
    const read = chunks as ConfigChunk[];
    return { entries: read.flatMap(({ entries }) => entries), chunks: read };
  }

  /** The configuration of an earlier version: the whole as one text, in parts. */
  async #readOld(
    { revision, parts = 0 }: ConfigHead,
  ): Promise<Pick<ConfigSnapshot, "entries" | "chunks" | "old"> | undefined> {
    const keys = Array.from({ length: parts }, (_, part) => configPartKey(revision, part));
    const values = (await this.#kv.entries(keys)).map(({ value }) => value);
    if (values.includes(null)) return undefined;
    const sealed = values.map((value) => decoder.decode(value as Uint8Array)).join("");
    const text = await this.#unseal(sealed, `config/${revision}`);
    const old = text === undefined ? { parts } : { parts, document: JSON.parse(text) };
    return { entries: undefined, chunks: [], old };
  }

  /** Write chunks that no head contains yet. */
  async #writeAhead(chunks: readonly SealedChunk[]): Promise<void> {
    let atomic = this.#kv.atomic();
    let bytes = 0;
    for (const chunk of chunks) {
      for (const [part, value] of chunk.values.entries()) {
        if (bytes + value.byteLength > ATOMIC_BYTES) {
          await this.#kv.commit(atomic);
          [atomic, bytes] = [this.#kv.atomic(), 0];
        }
        atomic.set(configChunkKey(chunk.id, part), value);
        bytes += value.byteLength;
      }
    }
    await this.#kv.commit(atomic);
  }

  /** Remove old chunks that are not in the newest head, such as those of an unfinished change. */
  async #removeAbandoned(chunks: readonly Pick<ConfigChunk, "id">[]): Promise<void> {
    const named = new Set(chunks.map(({ id }) => id));
    const end = configChunkKey(encodeTime(Math.max(0, this.#options.now() - ABANDONED)), 0);
    for await (const { key } of this.#kv.list({ start: configChunksKey(), end }, { batch: 10 })) {
      if (!named.has(String(key[2]))) await this.#kv.delete(key);
    }
  }

  async #remove(chunks: readonly SealedChunk[]): Promise<void> {
    for (let from = 0; from < chunks.length; from += 200) {
      const atomic = this.#kv.atomic();
      for (const chunk of chunks.slice(from, from + 200)) deleteChunk(atomic, chunk);
      await this.#kv.commit(atomic);
    }
  }

  /** Write the notes of a landed change, item by item; their sum was written with it. */
  async #note(notes: readonly AuditNote[]): Promise<void> {
    let atomic = this.#kv.atomic();
    let bytes = 0;
    for (let from = 0; from < notes.length; from += 50) {
      bytes += this.#options.audit.add(atomic, notes.slice(from, from + 50));
      if (bytes < ATOMIC_BYTES / 2) continue;
      await this.#kv.commit(atomic);
      [atomic, bytes] = [this.#kv.atomic(), 0];
    }
    if (bytes > 0) await this.#kv.commit(atomic);
  }

  async #sealed(entries: readonly ConfigEntry[]): Promise<SealedChunk> {
    const id = this.#nextId(this.#options.now());
    const sealed = encoder.encode(await this.#seal(JSON.stringify(entries), chunkPlace(id)));
    const values: Uint8Array[] = [];
    for (let from = 0; from < sealed.byteLength; from += PART_BYTES) {
      values.push(sealed.slice(from, from + PART_BYTES));
    }
    return { id, parts: values.length, entries, values, bytes: sealed.byteLength + 100 * values.length };
  }

  #seal(text: string, place: string): Promise<string> {
    return seal(text, { key: this.#options.key, place });
  }

  #unseal(text: string, place: string): Promise<string | undefined> {
    return unseal(text, { key: this.#options.key, place });
  }
}

/** Each text is sealed for its place, so that an old one cannot replace a new one. */
function headPlace(revision: number): string {
  return `config/head/${revision}`;
}

function chunkPlace(id: string): string {
  return `config/chunk/${id}`;
}

function setChunk(atomic: Atomic, { id, values }: SealedChunk): void {
  for (const [part, value] of values.entries()) atomic.set(configChunkKey(id, part), value);
}

function deleteChunk(atomic: Atomic, { id, parts }: Pick<ConfigChunk, "id" | "parts">): void {
  for (let part = 0; part < parts; part++) atomic.delete(configChunkKey(id, part));
}

/** The approximate bytes of a note: one that is too large is stored without its values. */
function bytesOf(note: AuditNote): number {
  return Math.min(60_000, 2 * JSON.stringify(note).length);
}

/** One note for a change of very many items; their own notes follow. */
function sumOf(notes: readonly AuditNote[]): AuditNote {
  const count = (action: string): number => notes.filter((note) => note.action === action).length;
  return {
    by: notes[0]!.by,
    action: "changed",
    what: "config",
    after: { added: count("added"), changed: count("changed"), removed: count("removed") },
  };
}
