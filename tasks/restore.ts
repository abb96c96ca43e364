/**
 * `deno task restore`: restores a copy that `deno task backup` made.
 *
 * @module
 */
import { dirname } from "node:path";
import { SECRETS_PATH } from "../relay/config/local_secrets.ts";
import { copyDatabase, isReadable, schemaOf } from "../relay/store/copy.ts";
import { lockDatabase } from "../relay/store/lock.ts";
import { DATABASE_FILES } from "../relay/store/private_files.ts";
import { markRestored, unmarkRestored } from "../relay/store/restored.ts";
import { databaseHere, exists } from "./_database.ts";
import { print, runTask, UsageError } from "./_task.ts";

const HELP = `deno task restore FOLDER [--deliver]

Restores a copy that deno task backup made: the database to FENGHUO_KV (a file, default ./data/fenghuo.db, or a KV
Connect server), and the secrets to ./data/secrets.json. Neither may exist yet. Exit code: 0 = restored ·
1 = not restored · 2 = the command makes no sense.

A relay on a restored database accepts alerts and delivers none, because the original relay may still deliver the
same ones. When that relay is gone, start this one once with FENGHUO_DELIVER=1, or restore with

  --deliver  deliver what was waiting in the copy; it may have been delivered already`;

await runTask({
  name: "deno task restore",
  action: "restore",
  help: HELP,
  options: { deliver: { type: "boolean", default: false } },
  words: 1,
  run: ({ values: { deliver }, positionals: [folder] }) => {
    if (folder === undefined) throw new UsageError("name a folder, such as backups/2026-01-31T080000Z");
    return restore(folder, deliver);
  },
});

async function restore(folder: string, deliver: boolean): Promise<number> {
  const to = databaseHere();
  const { copiedAt } = await readManifest(folder);
  const secrets = await secretsOf(folder);
  if (!to.isRemote && await exists(to.path)) {
    throw new Error(
      `"${to.path}" is there already: move it away first, with the files beside it (-wal, -shm)`,
    );
  }
  // Before the database: a relay that found it without its secrets would create others, and could not open it.
  if (secrets !== undefined) await writeSecrets(secrets);
  const restoring = { copiedAt, deliver };
  if (to.isRemote) await restoreRemote(`${folder}/fenghuo.db`, to.path, restoring);
  else await restoreFile(`${folder}/fenghuo.db`, to.path, restoring);
  const when = new Date(copiedAt).toISOString();
  print(
    `Restored the copy of ${when}${deliver ? "" : "; FENGHUO_DELIVER=1 at a start makes the relay deliver"}`,
  );
  return 0;
}

interface Restoring {
  readonly copiedAt: number;
  readonly deliver: boolean;
}

async function restoreFile(copy: string, to: string, { copiedAt, deliver }: Restoring): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true, mode: 0o700 });
  const unlock = await lockDatabase(to);
  try {
    // Copied next to it, then renamed: a crash in between leaves no partial database.
    const fresh = `${to}.restoring`;
    for (const end of DATABASE_FILES) await removeIfThere(fresh + end); // an old -wal would be read into the copy
    await Deno.copyFile(copy, fresh);
    await Deno.chmod(fresh, 0o600);
    {
      using kv = await Deno.openKv(fresh);
      await checkReadable(kv);
      if (deliver) await unmarkRestored(kv);
      else await markRestored(kv, { copiedAt });
    }
    await Deno.rename(fresh, to);
  } finally {
    unlock();
  }
}

async function restoreRemote(copy: string, to: string, { copiedAt, deliver }: Restoring): Promise<void> {
  using target = await Deno.openKv(to);
  if (await schemaOf(target) !== undefined) {
    throw new Error("the database at FENGHUO_KV is not empty: choose another");
  }
  using source = await Deno.openKv(copy);
  await checkReadable(source);
  // Before the first record: a relay that starts meanwhile does not deliver from a partial copy.
  if (!deliver) await markRestored(target, { copiedAt });
  await copyDatabase(source, target);
  if (deliver) await unmarkRestored(target);
}

async function checkReadable(kv: Deno.Kv): Promise<void> {
  const schema = await schemaOf(kv);
  if (schema === undefined || !isReadable(schema)) {
    throw new Error(
      `its records have version ${schema}, which this Fenghuo does not read: restore with a newer one`,
    );
  }
}

async function readManifest(folder: string): Promise<{ copiedAt: number }> {
  const text = await Deno.readTextFile(`${folder}/backup.json`).catch(() => {
    throw new Error(`"${folder}" is no copy that deno task backup made: it has no backup.json`);
  });
  const { copiedAt } = JSON.parse(text);
  if (!Number.isFinite(copiedAt)) throw new Error(`"${folder}/backup.json" does not say when it was copied`);
  return { copiedAt };
}

/**
 * The secrets of the copy, if it has any. @throws Error when the folder has others, which could not open the database
 */
async function secretsOf(folder: string): Promise<string | undefined> {
  const [copied, kept] = await Promise.all([read(`${folder}/secrets.json`), read(SECRETS_PATH)]);
  if (copied !== undefined && kept !== undefined && copied !== kept) {
    throw new Error(
      `"${SECRETS_PATH}" is there already, with other secrets than the copy's: move it away first`,
    );
  }
  return copied;
}

async function writeSecrets(secrets: string): Promise<void> {
  await Deno.mkdir(dirname(SECRETS_PATH), { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(SECRETS_PATH, secrets, { mode: 0o600 });
}

async function read(path: string): Promise<string | undefined> {
  return await Deno.readTextFile(path).catch(ifThere);
}

async function removeIfThere(path: string): Promise<void> {
  await Deno.remove(path).catch(ifThere);
}

function ifThere(error: unknown): undefined {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
