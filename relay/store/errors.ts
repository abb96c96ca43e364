/** The store cannot read or write. The message is safe to show. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /**
   * `full`: too many writes are waiting · `unavailable`: the database failed or did not answer in time; trying again
   * later may work · `too_large`: it will never fit.
   */
  readonly kind: "full" | "unavailable" | "too_large";

  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/**
 * The database does not answer, and nobody asks it but a probe. The link to it reports that for all: a caller that meets it
 * reports nothing, and tries again when it would anyway.
 */
export class StoreAwayError extends StoreError {
  constructor(action: string) {
    super("unavailable", `Cannot ${action}: the database does not answer`);
  }
}

/** The name of the requested record is longer than any key of the database: the record cannot exist. */
export class NoSuchKeyError extends Error {
  override readonly name = "NoSuchKeyError";
}

/** The database was written by a newer Fenghuo, or is no database of Fenghuo. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}
