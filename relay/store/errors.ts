/** The store cannot read or write. `message` is for the log, and for authorised readers. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /**
   * `full`: too many writes are waiting · `unavailable`: the database failed or did not answer in time; a later retry
   * may succeed · `too_large`: it will never fit.
   */
  readonly kind: "full" | "unavailable" | "too_large";
  /** The message without the database's own text: safe for every reader. */
  readonly shown: string;

  constructor(
    kind: StoreError["kind"],
    message: string,
    { shown = message, ...options }: ErrorOptions & { shown?: string } = {},
  ) {
    super(message, options);
    this.kind = kind;
    this.shown = shown;
  }
}

/**
 * The database does not answer, and only probes are sent to it. The link reports the outage: callers report nothing (see
 * {@linkcode reportFailure}) and retry on their own schedule.
 */
export class StoreAwayError extends StoreError {
  constructor(action: string) {
    super("unavailable", `Cannot ${action}: the database does not answer`, {
      shown: "The database does not answer: send it again in a moment",
    });
  }
}

/** Reports a failure of work that is retried, unless the database is unreachable, which its link reports. */
export function reportFailure(report: (words: string) => void, action: string, error: unknown): void {
  if (!(error instanceof StoreAwayError)) report(`${action}: ${error}`);
}

/** The name of the requested record is longer than any key of the database: the record cannot exist. */
export class NoSuchKeyError extends Error {
  override readonly name = "NoSuchKeyError";
}

/** The database was written by a newer Fenghuo, or by another program. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}
