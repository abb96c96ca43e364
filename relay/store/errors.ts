/** The store cannot take or give something. Its message is safe to show. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /**
   * `full`: too much waits to be written · `unavailable`: the database failed or did not answer in time; trying again
   * later may work · `too_large`: it will never fit.
   */
  readonly kind: "full" | "unavailable" | "too_large";

  constructor(kind: StoreError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** What was asked for has a name that is longer than any key of the database: it cannot be there. */
export class NoSuchKeyError extends Error {
  override readonly name = "NoSuchKeyError";
}

/** The database was written by a newer Fenghuo, or is no database of Fenghuo. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}
