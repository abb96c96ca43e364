/** The author of a change, and its time. */
export interface Author {
  /** The account, for the audit log. */
  readonly by: string;
  readonly now: number;
}
