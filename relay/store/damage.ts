/** What SQLite says of a file that is damaged, or none of its own. */
const DAMAGED = /not a database|malformed|disk I\/O error|corrupt/i;

/** What it says of one that it may not open. */
const REFUSED = /unable to open|readonly|permission denied/i;

/**
 * An error of a local database that names its file and what to do; any other error as it is.
 *
 * @param path Of the database.
 */
export function explainDatabase(path: string, error: unknown): unknown {
  const words = error instanceof Error ? error.message : String(error);
  if (DAMAGED.test(words)) {
    return new Error(
      `Cannot open the database "${path}": it is damaged (${words}); move it away with the files beside it ` +
        `(-wal, -shm), then put a copy back with "deno task restore FOLDER", or start with an empty one`,
      { cause: error },
    );
  }
  if (REFUSED.test(words)) {
    return new Error(
      `Cannot open the database "${path}": ${words}; let the relay's user read and write it and its folder, ` +
        `or name another place with FENGHUO_KV`,
      { cause: error },
    );
  }
  return error;
}
