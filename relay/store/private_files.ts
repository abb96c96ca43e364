/** Ends of the names of a database's files: SQLite's, and the lock's. */
export const DATABASE_FILES = ["", "-wal", "-shm", "-journal", ".lock"];

/**
 * Keep a local database, which has every alert and every incident, from everybody but its owner: its files are made
 * with mode 0600, and those that an earlier version made get it; a folder that is made here gets 0700.
 *
 * @param options `ownFolder`: the folder is ours alone, so that its mode is set even when it is there.
 * @returns what could not be done, in words.
 */
export async function makePrivate(path: string, { ownFolder }: { ownFolder: boolean }): Promise<string[]> {
  const folder = path.replace(/[^/]*$/, "") || ".";
  const make = (): Promise<void> => Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  if (ownFolder) await make();
  const problems = ownFolder ? [await restrictMode(folder, 0o700)] : [];
  // SQLite takes an empty file for a new database, and gives its mode to what it makes beside it.
  const touch = async (): Promise<void> =>
    (await Deno.open(path, { write: true, create: true, mode: 0o600 })).close();
  await touch().catch(async (error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    await make();
    await touch();
  });
  for (const end of DATABASE_FILES) problems.push(await restrictMode(path + end, 0o600));
  return problems.filter((problem) => problem !== undefined);
}

/** Take from others what this mode does not give them, where there is such a file or folder. @returns what is in the way */
export async function restrictMode(place: string, mode: number): Promise<string | undefined> {
  if (Deno.build.os === "windows") return undefined; // a file has the rights of its folder
  try {
    const { mode: now } = await Deno.stat(place);
    if (((now ?? 0) & 0o777 & ~mode) !== 0) await Deno.chmod(place, mode);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const why = error instanceof Error ? error.message : String(error);
    return `Cannot keep "${place}" from other users of this machine: ${why}`;
  }
}
