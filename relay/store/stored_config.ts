import { decode, encode } from "../base/codec.ts";
import { seal, unseal } from "../base/seal.ts";
import type { Audit } from "./audit.ts";
import type { AuditNote } from "../domain/audit_note.ts";
import { StoreError } from "./errors.ts";
import type { Database, DatabaseView } from "./database.ts";
import { configHeadKey, configPartKey } from "./keys.ts";

/** The configuration that people changed while the relay ran. */
export interface ConfigDocument {
  /** The configuration, as fenghuo.yaml would hold it. */
  readonly tree: Record<string, unknown>;
  /** Who changed an item last, and when. */
  readonly changed: Readonly<Record<string, { readonly by: string; readonly at: number }>>;
}

/** The document as it was read. */
export interface ConfigSnapshot {
  /** Grows with each change; 0 before the first. */
  readonly revision: number;
  /** `undefined` when it cannot be opened: it was sealed with another key. */
  readonly document: ConfigDocument | undefined;
  /** How many parts it has. */
  readonly parts: number;
  /** Checked by a write: the revision is still the newest. */
  readonly versionstamp: string | null;
}

/** How the document is stored. */
export interface StoredConfigOptions {
  /** Seals the document. */
  readonly key: string;
  readonly audit: Audit;
}

/** Names the newest complete revision. */
interface ConfigHead {
  readonly revision: number;
  readonly parts: number;
  readonly token: string;
}

/** A value of the database has at most 64 KiB. */
const PART_BYTES = 60_000;

/** An atomic has at most 800 KiB, including its keys. */
const ATOMIC_BYTES = 780_000;

/** At most this many reads, because a revision may be replaced while it is read. */
const MAX_READS = 10;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The stored configuration: one document, sealed as a whole and split into parts. A change writes all parts and its audit
 * notes in one atomic, so that there is never half a change.
 */
export class StoredConfig {
  readonly #kv: DatabaseView;
  readonly #options: StoredConfigOptions;

  constructor(database: Database, options: StoredConfigOptions) {
    this.#kv = database.of("the configuration");
    this.#options = options;
  }

  /** The newest revision's number. @throws StoreError */
  async revision(): Promise<number> {
    return (await this.#kv.get<ConfigHead>(configHeadKey()))?.revision ?? 0;
  }

  /** The newest revision. @throws StoreError */
  async read(): Promise<ConfigSnapshot> {
    for (let tries = 0; tries < MAX_READS; tries++) {
      const { value, versionstamp } = await this.#kv.entry(configHeadKey());
      if (value === null) return { revision: 0, document: { tree: {}, changed: {} }, parts: 0, versionstamp };
      const { revision, parts } = decode<ConfigHead>(value);
      const sealed = await this.#sealed(revision, parts);
      // Another instance has replaced the revision during the read.
      if (sealed === undefined) continue;
      const text = await unseal(sealed, { key: this.#options.key, place: placeOf(revision) });
      const document = text === undefined ? undefined : JSON.parse(text) as ConfigDocument;
      return { revision, document, parts, versionstamp };
    }
    throw new StoreError("unavailable", "Cannot read the configuration: it changes all the time; try again");
  }

  async #sealed(revision: number, parts: number): Promise<string | undefined> {
    const texts = await Promise.all(
      Array.from({ length: parts }, async (_, part) => {
        const { value } = await this.#kv.entry(configPartKey(revision, part));
        return value === null ? undefined : decoder.decode(value as Uint8Array);
      }),
    );
    return texts.includes(undefined) ? undefined : texts.join("");
  }

  /**
   * Replace the document that was read.
   *
   * @returns The new revision; `moved` when there is a newer one already, `too_large` when no atomic can hold it.
   * @throws StoreError when it is not known whether it landed
   */
  async write(
    base: ConfigSnapshot,
    document: ConfigDocument,
    notes: readonly AuditNote[],
  ): Promise<ConfigSnapshot | "moved" | "too_large"> {
    const { key, audit } = this.#options;
    const revision = base.revision + 1;
    const sealed = encoder.encode(await seal(JSON.stringify(document), { key, place: placeOf(revision) }));
    const parts = Math.ceil(sealed.byteLength / PART_BYTES);
    const head: ConfigHead = { revision, parts, token: crypto.randomUUID() };
    const atomic = this.#kv.atomic()
      .check({ key: configHeadKey(), versionstamp: base.versionstamp })
      .set(configHeadKey(), encode(head));
    for (let part = 0; part < base.parts; part++) atomic.delete(configPartKey(base.revision, part));
    for (let part = 0; part < parts; part++) {
      atomic.set(
        configPartKey(revision, part),
        sealed.slice(part * PART_BYTES, (part + 1) * PART_BYTES),
      );
    }
    if (audit.add(atomic, notes) + sealed.byteLength > ATOMIC_BYTES) return "too_large";
    const written = { revision, document, parts };
    try {
      const result = await this.#kv.commit(atomic);
      if (result.ok) return { ...written, versionstamp: result.versionstamp };
    } catch {
      // The outcome is unknown: the head itself says whether it landed.
    }
    const entry = await this.#kv.entry(configHeadKey());
    const landed = entry.value !== null && decode<ConfigHead>(entry.value).token === head.token;
    return landed ? { ...written, versionstamp: entry.versionstamp } : "moved";
  }
}

/** Sealed for one revision, so that an old revision cannot pass for a new one. */
function placeOf(revision: number): string {
  return `config/${revision}`;
}
