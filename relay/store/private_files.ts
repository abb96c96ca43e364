import { emptyDatabase } from "./page_size.ts";

/** The suffixes of a database's files: SQLite's, and the lock's. */
export const DATABASE_FILES = ["", "-wal", "-shm", "-journal", ".lock"];

/**
 * Make a local database readable only by its owner: its files are created with mode 0600, and existing ones get it; a
 * folder that is created here gets 0700.
 *
 * @param options `ownFolder`: whether the folder contains nothing else, so that its mode is set even if it exists
 * @returns a sentence for each file whose mode could not be set
 */
export async function makePrivate(path: string, { ownFolder }: { ownFolder: boolean }): Promise<string[]> {
  const folder = path.replace(/[^/]*$/, "") || ".";
  const make = (): Promise<void> => Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  if (ownFolder) await make();
  const problems = ownFolder ? [await restrictMode(folder, 0o700)] : [];
  // SQLite creates the files next to a database with the same mode.
  const touch = async (): Promise<void> => {
    using file = await Deno.open(path, { write: true, create: true, mode: 0o600 });
    if ((await file.stat()).size === 0) await file.write(emptyDatabase());
  };
  await touch().catch(async (error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await make();
    await touch();
  });
  for (const end of DATABASE_FILES) problems.push(await restrictMode(path + end, 0o600));
  return problems.filter((problem) => problem !== undefined);
}

/** Remove the permissions that `mode` does not include, if the file or folder exists. @returns the reason if that failed */
export async function restrictMode(path: string, mode: number): Promise<string | undefined> {
  if (Deno.build.os === "windows") return undefined; // files inherit the permissions of their folder
  try {
    const { mode: now } = await Deno.stat(path);
    if (((now ?? 0) & 0o777 & ~mode) !== 0) await Deno.chmod(path, mode);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const why = error instanceof Error ? error.message : String(error);
    return `Cannot keep "${path}" from other users of this machine: ${why}`;
  }
}
