import { withTimeout } from "../base/timeout.ts";

/**
 * Lock a local database against a second process: two on one file fail each other's commits.
 *
 * The lock is the operating system's, on a file next to the database, so it ends with the process in every case.
 *
 * @returns a function that releases the lock.
 * @throws Error when another process has it; the message contains the remedy.
 */
export async function lockDatabase(path: string): Promise<() => void> {
  const lockPath = `${path}.lock`;
  const file = await Deno.open(lockPath, { create: true, write: true, read: true, mode: 0o600 });
  if (!(await tryLock(file))) {
    const owner = new TextDecoder().decode(await Deno.readFile(lockPath)).trim();
    file.close();
    throw new Error(
      `Cannot open the database "${path}": another Fenghuo${owner ? ` (process ${owner})` : ""} uses it; ` +
        `stop that one, or give this one its own with FENGHUO_KV`,
    );
  }
  await file.truncate();
  await file.write(new TextEncoder().encode(String(Deno.pid)));
  return () => file.close();
}

/** `tryLock` came after Deno 2.5; before it, a lock that is not acquired within a second belongs to another process. */
async function tryLock(file: Deno.FsFile): Promise<boolean> {
  if (typeof file.tryLock === "function") return await file.tryLock(true);
  return await withTimeout(file.lock(true).then(() => true), 1_000, () => false);
}
