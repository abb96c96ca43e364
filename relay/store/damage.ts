/** SQLite's errors for a file that is damaged, or not a database. */
const DAMAGED = /not a database|malformed|disk I\/O error|corrupt/i;

/** SQLite's and the system's errors for a file that may not be opened or created. */
const REFUSED = /unable to open|read-?only|permission denied|is a directory|not a directory/i;

/**
 * Explains an error of a local database: the returned error contains the file and the remedy. Any other error is
 * returned unchanged.
 *
 * @param path the path of the database
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

/** A local database that reports damage. */
export interface WatchedDatabase {
  readonly kv: Deno.Kv;
  /** The damage that was found, and the remedy; `undefined` without damage. */
  problem(): string | undefined;
}

/** SQLite's errors for a damaged page. A start reads few pages; most are read much later, if ever. */
const DAMAGED_PAGE = /malformed|not a database/i;

/**
 * Watch a database for damage: the first operation on a damaged page is reported. Its caller still gets the error,
 * and operations on other pages continue.
 *
 * @param report called once, with the file and the remedy
 */
export function watchDamage(
  kv: Deno.Kv,
  { path, report }: { path: string; report: (words: string) => void },
): WatchedDatabase {
  let problem: string | undefined;
  const look = (error: unknown): void => {
    const words = error instanceof Error ? error.message : String(error);
    if (problem !== undefined || !DAMAGED_PAGE.test(words)) return;
    problem =
      `The database "${path}" is damaged (${words}), so some records cannot be read or written: stop the ` +
      `relay, move the database away with the files beside it (-wal, -shm), then put a copy back with ` +
      `"deno task restore FOLDER", or start with an empty one`;
    report(problem);
  };
  const watched = <T>(operation: Promise<T>): Promise<T> => {
    operation.catch(look);
    return operation;
  };
  const proxied = new Proxy(kv, {
    get(target, name): unknown {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        const result = value.apply(target, args) as unknown;
        if (result instanceof Promise) return watched(result);
        if (result instanceof Deno.AtomicOperation) {
          const commit = result.commit.bind(result);
          result.commit = () => watched(commit());
        } else if (name === "list") {
          const entries = result as Deno.KvListIterator<unknown>;
          const next = entries.next.bind(entries);
          entries.next = () => watched(next());
        }
        return result;
      };
    },
  });
  return { kv: proxied, problem: () => problem };
}
