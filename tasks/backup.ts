/**
 * `deno task backup`: copies a relay's database and its secrets into a folder, while the relay runs.
 *
 * @module
 */
import { backup, DatabaseSync } from "node:sqlite";
import { SECRETS_PATH } from "../relay/config/local_secrets.ts";
import { copyDatabase, isReadable, schemaOf } from "../relay/store/copy.ts";
import { emptyDatabase } from "../relay/store/page_size.ts";
import { DATABASE_FILES } from "../relay/store/private_files.ts";
import { VERSION } from "../relay/base/version.ts";
import { databaseHere, type DatabaseLocation, exists } from "./_database.ts";
import { complain, print, runTask } from "./_task.ts";

const HELP = `deno task backup [--to FOLDER]

Copies a relay's database into a new folder, with the secrets that its first start made, and checks the copy. The relay
may be running. The database is the one that FENGHUO_KV names: a file (default ./data/fenghuo.db), or a KV Connect
server with DENO_KV_ACCESS_TOKEN. Exit code: 0 = copied and checked · 1 = not copied.

  --to      the folder; default backups/ and the time

deno task restore restores it.`;

/** All files of a copy are as confidential as the database. */
const PRIVATE = { mode: 0o600 };

await runTask({
  name: "deno task backup",
  action: "back up",
  help: HELP,
  options: { to: { type: "string" } },
  run: ({ values }) => copy(values.to),
});

async function copy(to: string | undefined): Promise<number> {
  const from = databaseHere();
  const copiedAt = Date.now();
  const time = new Date(copiedAt).toISOString();
  const folder = to ?? `backups/${time.replace(/\.\d+/, "").replaceAll(":", "")}`;
  await makeFolder(folder);
  const database = `${folder}/fenghuo.db`;
  const { schema, records, isConsistent } = await copyChecked(from, database).catch(async (error) => {
    for (const end of DATABASE_FILES) await Deno.remove(database + end).catch(() => {});
    throw error;
  });
  await copySecrets(folder);
  await Deno.writeTextFile(
    `${folder}/backup.json`,
    `${JSON.stringify({ version: VERSION, copiedAt, schema, records }, null, 2)}\n`,
    PRIVATE,
  );
  print(`Copied ${records} records of ${from.shown} to ${folder}, and checked them`);
  if (!isConsistent) {
    complain(`The database kept changing: the copy may have only a part of what came after ${time}`);
  }
  return 0;
}

async function copyChecked(
  from: DatabaseLocation,
  to: string,
): Promise<{ schema: number; records: number; isConsistent: boolean }> {
  // The copy is private from its first byte.
  await Deno.writeFile(to, emptyDatabase(), PRIVATE);
  const isConsistent = from.isRemote ? await copyRemote(from, to) : await copyFile(from.path, to);
  return { ...await check(to), isConsistent };
}

/** SQLite's own online backup: a consistent snapshot, even while the relay writes. */
async function copyFile(from: string, to: string): Promise<true> {
  if (!(await exists(from))) throw new Error(`there is no database "${from}": set FENGHUO_KV to its path`);
  const database = new DatabaseSync(from, { readOnly: true });
  try {
    await backup(database, to, { rate: -1 });
  } finally {
    database.close();
  }
  return true;
}

/** @returns whether the copy is consistent. */
async function copyRemote({ path, shown }: DatabaseLocation, to: string): Promise<boolean> {
  using source = await Deno.openKv(path);
  using target = await Deno.openKv(to);
  if (await schemaOf(source) === undefined) throw new Error(`${shown} is empty`);
  return (await copyDatabase(source, target)).isConsistent;
}

/** Check the copy as SQLite and as Fenghuo read it. @throws Error when it is damaged */
async function check(copy: string): Promise<{ schema: number; records: number }> {
  const database = new DatabaseSync(copy);
  let records: number;
  try {
    const damage = database.prepare("PRAGMA integrity_check").all().map((row) =>
      String(Object.values(row)[0])
    );
    if (damage.join() !== "ok") throw new Error(`the copy is damaged: ${damage.slice(0, 3).join("; ")}`);
    records = Number(Object.values(database.prepare("SELECT count(*) FROM kv").get()!)[0]);
    // One file instead of three: a person may forget to move the others.
    database.exec("PRAGMA journal_mode = DELETE");
  } finally {
    database.close();
  }
  using kv = await Deno.openKv(copy);
  const schema = await schemaOf(kv);
  if (schema === undefined) throw new Error("the copy is empty: no Fenghuo has used this database");
  if (!isReadable(schema)) {
    throw new Error(`its records have version ${schema}, which this Fenghuo does not read`);
  }
  return { schema, records };
}

/** Copy the secrets: their key opens the sealed values of the database. Secrets of the environment are not copied. */
async function copySecrets(folder: string): Promise<void> {
  if (await exists(SECRETS_PATH)) {
    await Deno.writeFile(`${folder}/secrets.json`, await Deno.readFile(SECRETS_PATH), PRIVATE);
  }
}

async function makeFolder(folder: string): Promise<void> {
  if (await exists(`${folder}/fenghuo.db`)) {
    throw new Error(`"${folder}" has a copy already: choose another folder`);
  }
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
}
