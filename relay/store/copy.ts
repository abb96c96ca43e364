import { decode } from "../base/codec.ts";
import { EXPIRING_KINDS, SCHEMA_VERSION, schemaKey } from "./keys.ts";

/**
 * The lifetime of an expiring record in a copy: the database does not reveal its expiry in the origin. A record that
 * must end earlier carries `until`, so this only limits the time that a copy stores unread records.
 */
const COPY_EXPIRY_MS = 400 * 24 * 3_600_000;

/** The most records and bytes in one atomic of a copy: well under the database's own limits. */
const BATCH = { records: 200, bytes: 400_000 };

/** The result of copying. */
export interface Copied {
  readonly records: number;
  /** `false` when the origin still changed during the last pass: records from after the start may then be incomplete. */
  readonly isConsistent: boolean;
}

/** The most reads of the origin while it changes. */
const MAX_PASSES = 5;

/**
 * Copies every record from one database to an empty one, through the KV interface. A remote database has no snapshot
 * across reads, so it is read again until a pass sees no change, at most `MAX_PASSES` times.
 *
 * The queues are read first, so the copy has the alert of every delivery that waited at its start.
 */
export async function copyDatabase(from: Deno.Kv, to: Deno.Kv): Promise<Copied> {
  const versions = new Map<string, string>();
  for (let pass = 1;; pass++) {
    const seen = new Set<string>();
    let changed = 0;
    let batch = new CopyBatch(to);
    for (const prefix of [["queue"], []]) {
      for await (const { key, value, versionstamp } of from.list({ prefix }, { batchSize: 100 })) {
        const name = JSON.stringify(key);
        if (seen.has(name)) continue;
        seen.add(name);
        if (versions.get(name) === versionstamp) continue;
        changed++;
        versions.set(name, versionstamp);
        batch = await batch.with((atomic) => atomic.set(key, value, expiryOf(key)), value);
      }
    }
    for (const name of versions.keys()) {
      if (seen.has(name)) continue;
      changed++;
      versions.delete(name);
      batch = await batch.with((atomic) => atomic.delete(JSON.parse(name)), null);
    }
    await batch.commit();
    const isConsistent = pass > 1 && changed === 0;
    if (isConsistent || pass === MAX_PASSES) return { records: versions.size, isConsistent };
  }
}

/** The version of a database's records; `undefined` when it is empty. @throws Error when another program wrote it */
export async function schemaOf(kv: Deno.Kv): Promise<number | undefined> {
  const { value } = await kv.get(schemaKey());
  if (value !== null) return decode<number>(value);
  for await (const _ of kv.list({ prefix: [] }, { limit: 1 })) {
    throw new Error("the database holds records, and none of them is Fenghuo's");
  }
  return undefined;
}

/** Whether this Fenghuo can read records of a version. */
export function isReadable(schema: number): boolean {
  return Number.isInteger(schema) && schema <= SCHEMA_VERSION;
}

function expiryOf(key: Deno.KvKey): { expireIn?: number } {
  const [kind, state] = key;
  const expires = EXPIRING_KINDS.has(String(kind)) || (kind === "incident" && state === "closed") ||
    (kind === "tick" && state === "clocks");
  return expires ? { expireIn: COPY_EXPIRY_MS } : {};
}

/** The writes that share an atomic. */
class CopyBatch {
  readonly #to: Deno.Kv;
  readonly #atomic: Deno.AtomicOperation;
  #records = 0;
  #bytes = 0;

  constructor(to: Deno.Kv) {
    this.#to = to;
    this.#atomic = to.atomic();
  }

  /** @returns the batch for the next write */
  async with(write: (atomic: Deno.AtomicOperation) => void, value: unknown): Promise<CopyBatch> {
    write(this.#atomic);
    this.#records++;
    this.#bytes += value instanceof Uint8Array ? value.length : 100;
    if (this.#records < BATCH.records && this.#bytes < BATCH.bytes) return this;
    await this.commit();
    return new CopyBatch(this.#to);
  }

  async commit(): Promise<void> {
    if (this.#records > 0) await this.#atomic.commit();
  }
}
