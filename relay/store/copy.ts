import { decode } from "../codec.ts";
import { SCHEMA_VERSION, schemaKey } from "./keys.ts";

/** Records that end by themselves in their origin; all others stay until somebody removes them. */
const ENDING = new Set([
  "adhoc",
  "again",
  "audit",
  "cache",
  "dead",
  "delivery",
  "digest",
  "done",
  "log",
  "signed-out",
  "summary",
  "tally",
  "writer",
]);

/**
 * They end after this long in a copy: the database tells nobody when a record expires. What has to end earlier says so
 * itself (`until`), so this only bounds how long a copy keeps what nobody reads.
 */
const KEPT_MS = 400 * 24 * 3_600_000;

/** At most so many records and bytes in one atomic of a copy, well under the database's own limits. */
const BATCH = { records: 200, bytes: 400_000 };

/** What a copy holds. */
export interface Copied {
  readonly records: number;
  /** Whether the origin changed while the last pass read it: what came after the copy began may then be there in part. */
  readonly settled: boolean;
}

/** How often an origin that changes meanwhile is read again. */
const PASSES = 5;

/**
 * Copy every record from one database to an empty one, over the database's own interface. A remote database has no
 * snapshot of more than one read, so it is read again until a pass sees no change; `PASSES` times at most.
 *
 * What waits is read first and everything else after it: whatever waited when the copy began has its alert in the copy.
 */
export async function copyDatabase(from: Deno.Kv, to: Deno.Kv): Promise<Copied> {
  const versions = new Map<string, string>();
  for (let pass = 1;; pass++) {
    const seen = new Set<string>();
    let changed = 0;
    let batch = new Batch(to);
    for (const prefix of [["queue"], []]) {
      for await (const { key, value, versionstamp } of from.list({ prefix }, { batchSize: 100 })) {
        const name = JSON.stringify(key);
        if (seen.has(name)) continue;
        seen.add(name);
        if (versions.get(name) === versionstamp) continue;
        changed++;
        versions.set(name, versionstamp);
        batch = await batch.with((atomic) => atomic.set(key, value, endOf(key)), value);
      }
    }
    for (const name of versions.keys()) {
      if (seen.has(name)) continue;
      changed++;
      versions.delete(name);
      batch = await batch.with((atomic) => atomic.delete(JSON.parse(name)), null);
    }
    await batch.commit();
    const settled = pass > 1 && changed === 0;
    if (settled || pass === PASSES) return { records: versions.size, settled };
  }
}

/** The version of a database's records; `undefined` when it is empty. @throws Error when no Fenghuo wrote it */
export async function schemaOf(kv: Deno.Kv): Promise<number | undefined> {
  const { value } = await kv.get(schemaKey());
  if (value !== null) return decode<number>(value);
  for await (const _ of kv.list({ prefix: [] }, { limit: 1 })) {
    throw new Error("the database holds records, and none of them is Fenghuo's");
  }
  return undefined;
}

/** Whether this Fenghuo reads records of a version. */
export function isReadable(schema: number): boolean {
  return Number.isInteger(schema) && schema <= SCHEMA_VERSION;
}

function endOf(key: Deno.KvKey): { expireIn?: number } {
  const [kind, state] = key;
  const ends = ENDING.has(String(kind)) || (kind === "incident" && state === "closed");
  return ends ? { expireIn: KEPT_MS } : {};
}

/** Writes of a copy that share an atomic. */
class Batch {
  readonly #to: Deno.Kv;
  readonly #atomic: Deno.AtomicOperation;
  #records = 0;
  #bytes = 0;

  constructor(to: Deno.Kv) {
    this.#to = to;
    this.#atomic = to.atomic();
  }

  /** @returns the batch for the next write. */
  async with(write: (atomic: Deno.AtomicOperation) => void, value: unknown): Promise<Batch> {
    write(this.#atomic);
    this.#records++;
    this.#bytes += value instanceof Uint8Array ? value.length : 100;
    if (this.#records < BATCH.records && this.#bytes < BATCH.bytes) return this;
    await this.commit();
    return new Batch(this.#to);
  }

  async commit(): Promise<void> {
    if (this.#records > 0) await this.#atomic.commit();
  }
}
