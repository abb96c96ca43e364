/** A change that a person or a program made, with its secrets masked. */
export interface AuditNote {
  /** An account, a token, or `fenghuo.yaml`. */
  readonly by: string;
  /** The action: `added`, `changed`, `removed`, `acknowledged` … */
  readonly action: string;
  /** The changed thing: `groups/chenmin/3`, `alert/…`. */
  readonly what: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A stored entry of the audit log. */
export interface AuditEntry extends AuditNote {
  readonly id: string;
  readonly at: number;
}

/** Which entries to return. */
export interface AuditFilter {
  readonly limit: number;
  /** Return only entries older than the entry with this id. */
  readonly before?: string | undefined;
  /** A changed thing or its parent: `groups` includes `groups/chenmin/3`. */
  readonly what?: string | undefined;
  readonly by?: string | undefined;
  /** Epoch milliseconds, `to` excluded. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}
