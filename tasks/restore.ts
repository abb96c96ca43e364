/**
 * `deno task restore`: puts a copy that `deno task backup` made where a relay finds it.
 *
 * @module
 */
import { copyDatabase, isReadable, schemaOf } from "../relay/store/copy.ts";
import { lockDatabase } from "../relay/store/lock.ts";
import { markRestored } from "../relay/store/restored.ts";
import { databaseHere, exists, SECRETS_PATH } from "./_database.ts";
import { runTask, UsageError } from "./_task.ts";

// deno-lint-ignore no-console -- to print is what a task is for
const out = { say: (text: string) => console.log(text) };

const HELP = `deno task restore FOLDER [--deliver]

Puts a copy that deno task backup made where a relay finds it: the database where FENGHUO_KV says (a file, default
./data/fenghuo.db, or a KV Connect server), the secrets into ./data/secrets.json. There must be none yet. Exit code:
0 = restored · 1 = not restored · 2 = the command makes no sense.

A relay on a restored database accepts alerts and delivers none, since the relay that it was copied from may still
deliver the same ones. Start it once with FENGHUO_DELIVER=1 when that one is gone, or restore with

  --deliver  what waits in the copy is delivered, and may be delivered a second time`;

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
  await checkSecrets(folder);
  const restoring = { copiedAt, deliver };
  if (to.isRemote) await restoreRemote(`${folder}/fenghuo.db`, to.path, restoring);
  else await restoreFile(`${folder}/fenghuo.db`, to.path, restoring);
  await restoreSecrets(folder);
  const when = new Date(copiedAt).toISOString();
  out.say(
    `Restored the copy of ${when}${deliver ? "" : "; FENGHUO_DELIVER=1 at a start makes the relay deliver"}`,
  );
  return 0;
}

interface Restoring {
  readonly copiedAt: number;
  readonly deliver: boolean;
}

async function restoreFile(copy: string, to: string, { copiedAt, deliver }: Restoring): Promise<void> {
  if (await exists(to)) {
    throw new Error(`"${to}" is there already: move it away first, with the files beside it (-wal, -shm)`);
  }
  await Deno.mkdir(to.replace(/[^/]*$/, "") || ".", { recursive: true, mode: 0o700 });
  const unlock = await lockDatabase(to);
  try {
    // Beside, then renamed: a crash in between leaves no half database.
    const fresh = `${to}.restoring`;
    await Deno.copyFile(copy, fresh);
    await Deno.chmod(fresh, 0o600);
    {
      using kv = await Deno.openKv(fresh);
      await checkReadable(kv);
      if (!deliver) await markRestored(kv, { copiedAt });
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
  // Before the first record: no relay that starts meanwhile delivers from half a copy.
  if (!deliver) await markRestored(target, { copiedAt });
  await copyDatabase(source, target);
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

/** Secrets that are there already, and others, would leave what is sealed in the database unreadable. */
async function checkSecrets(folder: string): Promise<void> {
  const [copied, kept] = await Promise.all([read(`${folder}/secrets.json`), read(SECRETS_PATH)]);
  if (copied !== undefined && kept !== undefined && copied !== kept) {
    throw new Error(
      `"${SECRETS_PATH}" is there already, with other secrets than the copy's: move it away first`,
    );
  }
}

async function restoreSecrets(folder: string): Promise<void> {
  const copied = await read(`${folder}/secrets.json`);
  if (copied === undefined) return;
  await Deno.mkdir("./data", { recursive: true, mode: 0o700 });
  await Deno.writeTextFile(SECRETS_PATH, copied, { mode: 0o600 });
}

async function read(path: string): Promise<string | undefined> {
  return await Deno.readTextFile(path).catch(() => undefined);
}
