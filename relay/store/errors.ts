/** The store cannot take or give something now; trying again later may work. Its message is safe to show. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  /** `full`: too much waits to be written · `unavailable`: the database failed or did not answer in time. */
  readonly kind: "full" | "unavailable";

  constructor(kind: "full" | "unavailable", message: string, options?: ErrorOptions) {
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
