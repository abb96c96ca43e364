/** A change that somebody made. What was secret is masked before it comes here. */
export interface AuditNote {
  /** Who: an account, a token, or `fenghuo.yaml`. */
  readonly by: string;
  /** What was done: `added`, `changed`, `removed`, `acknowledged` … */
  readonly action: string;
  /** What it was done to: `groups/chenmin/3`, `alert/…`. */
  readonly what: string;
  readonly before?: unknown;
  readonly after?: unknown;
}
