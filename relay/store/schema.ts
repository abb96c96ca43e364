import { decode } from "../base/codec.ts";
import type { Database } from "./database.ts";
import { SchemaError } from "./errors.ts";
import { restoredKey, SCHEMA_VERSION, schemaKey } from "./keys.ts";
import { readRestored, type Restored } from "./restored.ts";

/**
 * Check the version of the records, and write it to a new database.
 *
 * @returns the mark of a copy, if the database has one
 * @throws SchemaError when a newer Fenghuo wrote the database · StoreError when it does not answer
 */
export async function ensureSchema(database: Database): Promise<Restored | undefined> {
  const kv = database.of("the database");
  const [entry, mark] = await kv.entries([schemaKey(), restoredKey()]);
  const found = entry!.value === null ? 0 : decode<number>(entry!.value);
  const restored = readRestored(mark!.value);
  if (found === SCHEMA_VERSION) return restored;
  if (Number.isInteger(found) && found < SCHEMA_VERSION) {
    // Records of older versions are still read. Unchecked: another instance that starts at the same moment writes the same.
    await kv.set(schemaKey(), SCHEMA_VERSION);
    return restored;
  }
  throw new SchemaError(
    `Cannot use the database: its records have version ${found}, this Fenghuo reads version ${SCHEMA_VERSION}; ` +
      `start the Fenghuo that wrote it, or choose another database with FENGHUO_KV`,
  );
}
