/** A change that a person or a program made. Its secrets are already masked. */
export interface AuditNote {
  /** An account, a token, or `fenghuo.yaml`. */
  readonly by: string;
  /** What was done: `added`, `changed`, `removed`, `acknowledged` … */
  readonly action: string;
  /** What it was done to: `groups/chenmin/3`, `alert/…`. */
  readonly what: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** A note as it was stored. */
export interface AuditEntry extends AuditNote {
  readonly id: string;
  readonly at: number;
}

/** Which entries are asked for. */
export interface AuditFilter {
  readonly limit: number;
  /** An entry's id, to go on after it. */
  readonly before?: string | undefined;
  /** A thing, or what it is a part of: `groups` has `groups/chenmin/3`. */
  readonly what?: string | undefined;
  readonly by?: string | undefined;
  /** Epoch milliseconds, `to` not included. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}
