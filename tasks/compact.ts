/**
 * `deno task compact`: gives back the disk space that expired records have left in a local database.
 *
 * @module
 */
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { schemaOf } from "../relay/store/copy.ts";
import { lockDatabase } from "../relay/store/lock.ts";
import { emptyDatabase } from "../relay/store/page_size.ts";
import { DATABASE_FILES } from "../relay/store/private_files.ts";
import { databaseHere, exists } from "./_database.ts";
import { print, runTask } from "./_task.ts";

const HELP = `deno task compact

Gives back the disk space that expired records have left in a relay's database, the file that FENGHUO_KV names (default
./data/fenghuo.db). What records leave is used again for new ones, so this is only of use after a storm, or after
retention was made shorter. The relay must be stopped; the disk needs room for the database once more. Exit code:
0 = compacted · 1 = not compacted.

A denokv server's database is compacted in the same way, with the server stopped and FENGHUO_KV set to its file.`;

await runTask({
  name: "deno task compact",
  action: "compact the database",
  help: HELP,
  options: {},
  run: compact,
});

async function compact(): Promise<number> {
  const { path, isRemote, shown } = databaseHere();
  if (isRemote) {
    throw new Error(
      `${shown} is a server: stop it, and set FENGHUO_KV to the file that it keeps its records in`,
    );
  }
  if (!(await exists(path))) throw new Error(`there is no database "${path}": set FENGHUO_KV to its path`);
  const unlock = await lockDatabase(path);
  try {
    await requireOurs(path);
    const before = await sizeOf(path);
    await rewrite(path);
    const after = await sizeOf(path);
    print(`Compacted "${path}": ${megabytes(before)} before, ${megabytes(after)} now`);
    return 0;
  } finally {
    unlock();
  }
}

/** @throws Error when another program wrote the database */
async function requireOurs(path: string): Promise<void> {
  using kv = await Deno.openKv(path);
  await schemaOf(kv);
}

/**
 * Write all records into a new database with the page size of a new one, and replace the old database. SQLite's own
 * VACUUM does the same by attaching a database, which Deno does not allow.
 */
async function rewrite(path: string): Promise<void> {
  const fresh = `${path}.compact`;
  try {
    await Deno.writeFile(fresh, emptyDatabase(), { mode: 0o600 });
    copyTables(path, fresh);
    using file = await Deno.open(fresh, { write: true });
    await file.sync(); // all of it is on the disk before it takes the old one's place
    for (const end of ["-wal", "-shm"]) await Deno.remove(path + end).catch(() => {});
    await Deno.rename(fresh, path);
  } catch (error) {
    for (const end of DATABASE_FILES) await Deno.remove(fresh + end).catch(() => {});
    throw error;
  }
}

function copyTables(path: string, fresh: string): void {
  using from = new DatabaseSync(path);
  using to = new DatabaseSync(fresh);
  from.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  to.exec("PRAGMA synchronous = OFF; BEGIN");
  const parts = from.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    .all() as unknown as {
      type: string;
      name: string;
      sql: string;
    }[];
  const tables = parts.filter(({ type, name }) => type === "table" && !name.startsWith("sqlite_"));
  for (const { sql } of tables) to.exec(sql);
  for (const { name } of tables) copyTable(name, { from, to });
  for (const { sql } of parts.filter(({ type }) => type !== "table")) to.exec(sql);
  const { user_version: version } = from.prepare("PRAGMA user_version").get() as { user_version: number };
  to.exec(`PRAGMA user_version = ${version}; COMMIT; PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL`);
  to.exec("PRAGMA wal_checkpoint(TRUNCATE)");
}

function copyTable(name: string, { from, to }: { from: DatabaseSync; to: DatabaseSync }): void {
  const read = from.prepare(`SELECT * FROM "${name}"`);
  read.setReadBigInts(true); // versions may be larger than a number can be
  let write: ReturnType<DatabaseSync["prepare"]> | undefined;
  for (const row of read.iterate()) {
    const values = Object.values(row as Record<string, SQLInputValue>);
    write ??= to.prepare(`INSERT INTO "${name}" VALUES (${values.map(() => "?").join(", ")})`);
    write.run(...values);
  }
}

/** Bytes of the database and its write-ahead log. */
async function sizeOf(path: string): Promise<number> {
  const sizes = await Promise.all(
    [path, `${path}-wal`].map((file) => Deno.stat(file).then(({ size }) => size, () => 0)),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
